using DeepCourse.Visuals;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Metrics, evaluation, history, schedules, logs.</summary>
[Collection(nameof(Alone))]
public sealed class MeasuringTests
{
    private static readonly float[,] Logits = { { 3, 1, 0 }, { 0, 2, 1 }, { 1, 2, 3 }, { 2, 1, 0 }, { 0, 1, 2 }, { 1, 3, 2 } };

    private static readonly long[] Truth = [0, 1, 2, 1, 1, 2];

    [Fact]
    public void Accuracy_and_top_k_count_what_one_counts_by_hand()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = (tensor(Logits), tensor(Truth));
        Assert.Equal(3, Metric.Accuracy.Sum(logits, labels).item<long>());
        Assert.Equal(3, Metric.TopK(1).Sum(logits, labels).item<long>());
        Assert.Equal(6, Metric.TopK(2).Sum(logits, labels).item<long>());
        Assert.Equal(6, Metric.TopK(3).Sum(logits, labels).item<long>());
        Assert.Equal(3, Metric.Accuracy.Sum(logits, nn.functional.one_hot(labels, 3).to(ScalarType.Float32)).item<long>());
        Assert.Throws<ArgumentException>(() => Metric.TopK(4).Sum(logits, labels));
        Assert.Equal("top-2 accuracy", Metric.TopK(2).Name);
    }

    [Fact]
    public void Evaluation_gives_each_class_its_precision_and_recall()
    {
        using var scope = NewDisposeScope();
        using var network = new Says();
        using var evaluation = Evaluation.Of(network, tensor(Logits).reshape(6, 3, 1, 1), tensor(Truth));
        Assert.Equal(0.5, evaluation.Accuracy);
        Assert.Equal(1, evaluation.TopK(2));
        Assert.Equal([1, 0, 0, 1, 1, 1, 0, 1, 1], evaluation.Counts().data<long>().ToArray());
        Assert.Equal("""
            6 examples, 50.0 % right
            class  precision  recall     F₁  examples
            a          0.500   1.000  0.667         1
            b          0.500   0.333  0.400         3
            c          0.500   0.500  0.500         2
            """.ReplaceLineEndings("\n"), evaluation.PerClass(["a", "b", "c"]).ToText());
        Assert.StartsWith("test: 50.0 % of 6 right.", evaluation.Confusion(["a", "b", "c"]).ToText(), StringComparison.Ordinal);
        // Worst first: the loss of truth 1 with logits 2 1 0 and of truth 2 with 1 3 2, of truth 1 with 0 1 2, all by 1: in any
        // order; each named with its classes.
        var worst = evaluation.WorstMistakes(["a", "b", "c"]).ToText();
        Assert.Contains("b, taken for a", worst, StringComparison.Ordinal);
        Assert.Contains("b, taken for c", worst, StringComparison.Ordinal);
        Assert.Contains("c, taken for b", worst, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => evaluation.PerClass(["a", "b"]));
    }

    [Fact]
    public void Evaluation_leaves_nothing_behind()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var (images, labels) = Practice.Stripes(1200);
        var before = Alone.Tensors();
        using (var evaluation = Evaluation.Of(network, images, labels))
        {
            evaluation.PerClass(["a", "b", "c"]);
            evaluation.Confusion(["a", "b", "c"]);
            evaluation.WorstMistakes(["a", "b", "c"], 5);
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>A network that answers with its input, and has no parameters.</summary>
    private sealed class Says() : nn.Module<Tensor, Tensor>(nameof(Says))
    {
        public override Tensor forward(Tensor input) => input.flatten(1);
    }

    [Fact]
    public void A_history_tells_its_course_in_words_numbers_and_curves()
    {
        var history = new History { Name = "run" };
        foreach (var (n, training, validation) in new[] { (1, 2.3, 2.2), (2, 1.0, 0.9), (3, 0.5, 0.4), (4, 0.1, 0.8) })
            history.Add(
                new EpochResult(n,
                    new Dictionary<string, double>
                    {
                        [Measured.TrainingLoss] = training,
                        [Measured.ValidationLoss] = validation
                    }), [1, 2]);
        Assert.Equal(
            "run: loss over 4 epochs: training from 2.300 to 0.100, validation from 2.200 to 0.400 at epoch 3, then 0.800.",
            history.ToText());
        Assert.Equal("epoch,training loss,validation loss\n1,2.3,2.2\n2,1,0.9\n3,0.5,0.4\n4,0.1,0.8\n", history.ToCsv());
        Assert.Equal(3, history.Best().Number);
        Assert.Equal(4, history.Best(Measured.TrainingLoss).Number);
        Assert.Equal(1, history.Best(Measured.TrainingLoss, Mode.Max).Number);
        Assert.Contains("There is no column “x”; there are: training loss, validation loss.",
            Assert.Throws<ArgumentException>(() => history["x"]).Message, StringComparison.Ordinal);
        Assert.Contains("<svg", history.ToHtml().ToString(), StringComparison.Ordinal);
        Assert.Contains("epoch 3: training loss 0.500, validation loss 0.400", history.ToHtml().ToString(),
            StringComparison.Ordinal);
        Assert.Contains("1.0000", history.Table().ToHtml().ToString(), StringComparison.Ordinal);
        var compared = TrainingChart.Compare(history, new History { Name = "other" });
        Assert.Equal(2, compared.ToText().Split('\n').Length);
        Assert.Contains("other", compared.ToHtml().ToString(), StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new History().Last);
        Assert.Contains("No epoch", Assert.Throws<InvalidOperationException>(() => new History().Best()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Schedules_have_the_rates_of_their_formulas()
    {
        var cycle = Schedule.OneCycle(1, warmUp: 0.5, start: 0.1, end: 0.01).Rates(101);
        Assert.Equal(0.1, cycle[0], 1e-9);
        Assert.Equal(0.55, cycle[25], 1e-9);
        Assert.Equal(1, cycle[50], 1e-9);
        Assert.Equal(0.505, cycle[75], 1e-9);
        Assert.Equal(0.01, cycle[100], 1e-9);
        Assert.Equal([1, 0.5, 0], Schedule.Cosine(1).Rates(3).Select(r => Math.Round(r, 9)));
        Assert.Equal([1, 0.75, 0.5, 0.25], Schedule.Linear(1).Rates(4));
        Assert.Equal([1, 1, 0.1, 0.1, 0.01], Schedule.Every(2, 1).Rates(5).Select(r => Math.Round(r, 9)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedule.Every(0, 1));
    }

    [Fact]
    public void A_step_has_the_rate_of_its_schedule()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var rates = new List<double>();
        Trainer.Fit(network, Practice.InBatches(160), epochs: 2,
            callbacks: [Schedule.OneCycle(0.01), new Practice.Does(afterStep: t => rates.Add(t.LearningRate))]);
        Assert.Equal(Schedule.OneCycle(0.01).Rates(20), rates);
    }

    [Fact]
    public void A_scheduler_that_looks_at_a_number_is_given_it()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var history = Trainer.Fit(network, Practice.InBatches(160), epochs: 6, loss: (o, _) => o.sum() * 0,
            optimizer: optim.SGD(network.parameters(), 0.1),
            callbacks: [
                new SchedulerOf(o => optim.lr_scheduler.ReduceLROnPlateau(o, patience: 1), monitor: Measured.TrainingLoss)]);
        Assert.Equal([0.1, 0.1, 0.1, 0.01, 0.01, 0.001], history[Measured.LearningRate].Select(r => Math.Round(r, 9)));
    }

    [Fact]
    public void The_finder_leaves_the_optimizer_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        using var adam = optim.Adam(network.parameters(), 0.01);
        Trainer.Fit(network, Practice.InBatches(160), epochs: 1, optimizer: adam);
        var before = OptimizerSnapshot.Save(adam);
        LearningRateFinder.Find(network, Practice.InBatches(160), adam, steps: 20);
        Assert.Equal(before, OptimizerSnapshot.Save(adam));
        Assert.Equal(0.01, adam.ParamGroups.Single().LearningRate);
    }

    [Fact]
    public void The_finder_leaves_the_network_as_it_was_and_names_a_rate_that_learns()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var before = Practice.Weights(network);
        var curve = LearningRateFinder.Find(network, Practice.InBatches(320));
        Assert.Equal(before, Practice.Weights(network));
        Assert.True(network.training);
        Assert.InRange(curve.Steepest, 1e-4, 0.3);
        Assert.InRange(curve.Highest, 1e-4, 0.3);
        Assert.StartsWith("Loss over the learning rate, ", curve.ToText(), StringComparison.Ordinal);
        Assert.Contains("falls fastest", curve.ToHtml().ToString(), StringComparison.Ordinal);
        var history = Trainer.Fit(network, Practice.InBatches(320), Practice.InBatches(90, 2), epochs: 10,
            callbacks: [Schedule.OneCycle(curve.Highest)]);
        Assert.True(history.Last[Measured.ValidationAccuracy] > 0.8, history.ToText());
        Assert.Throws<ArgumentException>(() => LearningRateFinder.Find(network, Practice.InBatches(32), from: 1, to: 0.1));
    }

    [Fact]
    public void Logs_hold_what_was_measured()
    {
        using var scope = NewDisposeScope();
        var folder = Directory.CreateTempSubdirectory("deepcourse-logs-");
        try
        {
            using var network = Practice.Network();
            var csv = Path.Combine(folder.FullName, "new", "log.csv");
            var history = Trainer.Fit(network, Practice.InBatches(160), epochs: 2,
                callbacks: [new CsvLog(csv), new TensorBoardLog(Path.Combine(folder.FullName, "runs"))]);
            Assert.Equal(history.ToCsv(), File.ReadAllText(csv));
            var events = File.ReadAllBytes(Assert.Single(Directory.GetFiles(Path.Combine(folder.FullName, "runs"))));
            var text = System.Text.Encoding.Latin1.GetString(events);
            Assert.Contains("epoch/training accuracy", text, StringComparison.Ordinal);
            Assert.Equal(20, text.Split("step/training loss").Length - 1);
            // TFRecord: length (8 bytes), its check (4), data, its check (4); to the last byte.
            var at = 0L;
            while (at < events.Length) at += 16 + BitConverter.ToInt64(events, (int)at);
            Assert.Equal(events.Length, at);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
