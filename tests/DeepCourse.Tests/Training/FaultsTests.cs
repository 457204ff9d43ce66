using DeepCourse.Data;
using DeepCourse.Vision;
using DeepCourse.Visuals;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Random numbers, metrics, losses, divergence, checkpoints: what went wrong once, and its kin.</summary>
[Collection(nameof(Alone))]
public sealed class FaultsTests
{
    private static void Says(string what, Action fit) =>
        Assert.Contains(what, Assert.Throws<ArgumentException>(fit).Message, StringComparison.Ordinal);

    private static nn.Module<Tensor, Tensor> Linear(int outputs)
    {
        random.manual_seed(1);
        return nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, outputs));
    }

    [Fact]
    public void What_is_random_outside_is_as_if_no_training_had_happened()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Practice.Stripes(64);
        using var network = Practice.Network();
        float[] Draw(Action between)
        {
            random.manual_seed(5);
            var first = randn(3);
            between();
            return [.. first.data<float>().ToArray(), .. randn(3).data<float>().ToArray(), rand(1).item<float>()];
        }
        var plain = Draw(() => { });
        Assert.Equal(plain, Draw(() => Trainer.Fit(network, Practice.InBatches(64), Practice.InBatches(32), epochs: 2,
            callbacks: [new Practice.Does(afterStep: _ => rand(2), afterEpoch: _ => rand(2), beforeStep: _ => rand(2))])));
        Assert.Equal(plain, Draw(() => LearningRateFinder.Find(network, Practice.InBatches(64))));
        Assert.Equal(plain, Draw(() => Evaluation.Of(network, images, labels).Dispose()));
        Assert.Equal(plain, Draw(() => Trainer.Predict(network, images).Dispose()));
        Assert.Equal(plain, Draw(() => Assert.Throws<InvalidTimeZoneException>(() => Trainer.Fit(network, Practice.InBatches(64),
            callbacks: [new Practice.Does(afterStep: _ => throw new InvalidTimeZoneException())]))));
        Assert.Equal(plain, Draw(() => Assert.Throws<ArgumentException>(() =>
            Trainer.Fit(network, new Batches(images, labels + 1, 16)))));
        // Networks made in a loop with a training in between are different ones.
        List<float[]> made = [];
        for (var i = 0; i < 3; i++)
        {
            using var one = nn.Linear(4, 4);
            made.Add(one.weight!.data<float>().ToArray());
            Trainer.Fit(network, Practice.InBatches(64), epochs: 1);
        }
        Assert.Equal(3, made.Select(m => m[0]).Distinct().Count());
    }

    [Fact]
    public async Task Two_trainings_at_once_do_not_disturb_one_another()
    {
        float[] Train(long seed)
        {
            using var scope = NewDisposeScope();
            using var network = Linear(3);
            nn.init.constant_(network.get_parameter("2.weight")!, 0.01 * seed);
            var (images, labels) = Practice.Stripes(160, seed);
            Trainer.Fit(network, new Batches(images, labels, 16, seed: seed), epochs: 5);
            return Practice.Weights(network);
        }
        var alone = new[] { Train(1), Train(2) };
        var together = await Task.WhenAll(Task.Run(() => Train(1)), Task.Run(() => Train(2)));
        // The bias is drawn at random when a network is made, outside of any training.
        Assert.Equal(alone[0].Length, together[0].Length);
        for (var i = 0; i < 2; i++)
            Assert.All(alone[i][3..].Zip(together[i][3..]), w => Assert.Equal(w.First, w.Second, 0.02));
    }

    [Fact]
    public void Accuracy_is_refused_where_it_says_nothing()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Practice.Stripes(48);
        using var one = Linear(1);
        using var three = Linear(3);
        var yes = labels.eq(1);
        Func<Tensor, Tensor, Tensor> binary = Loss.BinaryCrossEntropy();
        Says("take Metric.BinaryAccuracy()", () => Trainer.Fit(one, new Batches(images, yes.to(ScalarType.Float32), 16),
            loss: (o, t) => binary(o, t), metrics: [Metric.Accuracy]));
        Says("take Metric.BinaryAccuracy()", () => Metric.Accuracy.Sum(zeros(4, 1), zeros(4)));
        Says("take Metric.BinaryAccuracy()", () => Metric.Accuracy.Sum(zeros(4), zeros(4)));
        Says("for values to be met Metric.MeanAbsoluteError", () => Trainer.Fit(three, new Batches(images, randn(48, 3), 16),
            loss: Loss.MeanSquaredError(), metrics: [Metric.Accuracy]));
        Says("several labels that may hold at once take Metric.BinaryAccuracy()", () => Trainer.Fit(three,
            new Batches(images, ones(48, 3), 16), loss: binary, metrics: [Metric.TopK(2)]));
        Says("at least 4 classes", () => Trainer.Fit(three, new Batches(images, labels, 16), metrics: [Metric.TopK(4)]));
        Says("Two metrics are called “accuracy”", () => Trainer.Fit(three, new Batches(images, labels, 16),
            metrics: [Metric.Accuracy, Metric.BinaryAccuracy()]));
        foreach (var targets in new[] { yes, yes.to(ScalarType.Int64), yes.to(ScalarType.Float32), yes.unsqueeze(1) })
        {
            using var evaluation = Evaluation.Of(one, images, targets, binary, [Metric.BinaryAccuracy()]);
            using var logits = Trainer.Predict(one, images);
            Assert.Equal(logits.squeeze(1).gt(0).eq(yes).to(ScalarType.Float32).mean().item<float>(), evaluation.Accuracy, 1e-6);
            Assert.Throws<InvalidOperationException>(() => evaluation.Confusion(["no", "yes"]));
        }
        Assert.Equal(1.5f, Metric.MeanAbsoluteError.Sum(tensor(new[] { 1f, 2 }), tensor(new[] { 0f, 2.5f })).item<float>());
    }

    [Fact]
    public void Outputs_and_targets_are_never_stretched()
    {
        using var scope = NewDisposeScope();
        var (images, _) = Practice.Stripes(48);
        using var one = Linear(1);
        using var two = Linear(2);
        static Tensor Mse(Tensor o, Tensor t) => nn.functional.mse_loss(o, t);
        Says("which compares all with all", () => Trainer.Fit(two, new Batches(images, rand(48, 1), 16), loss: Mse));
        Says("which compares all with all", () => Trainer.Fit(one, new Batches(images, rand(48, 3), 16), loss: Mse));
        Says("which compares all with all", () => Trainer.Fit(one, new Batches(images, rand(48), 16), loss: Mse));
        Says("which compares all with all", () => Trainer.Fit(one, new Batches(images, rand(48), 16),
            loss: (o, t) => (o - t).abs().mean()));
        // Who knows how to compare them is let alone.
        Trainer.Fit(one, new Batches(images, rand(48), 16), epochs: 1, loss: (o, t) => Mse(o.squeeze(1), t));
        Trainer.Fit(one, new Batches(images, rand(48), 16), epochs: 1, loss: Loss.MeanSquaredError());
        // A mean and a deviation for each target.
        Trainer.Fit(two, new Batches(images, rand(48, 1), 16), epochs: 1, loss: (o, t) =>
            ((o[.., ..1] - t).square() * (-o[.., 1..2]).exp() + o[.., 1..2]).mean());
    }

    [Fact]
    public void Losses_that_can_not_be_learned_from_are_told_in_words()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Practice.Stripes(48);
        using var one = Linear(1);
        using var three = Linear(3);
        Batches Yes(ScalarType type) => new(images, labels.eq(1).unsqueeze(1).to(type), 16);
        static Tensor Bce(Tensor o, Tensor t) => nn.functional.binary_cross_entropy_with_logits(o, t);
        foreach (var type in new[] { ScalarType.Int64, ScalarType.Bool })
            Says("targets.to(ScalarType.Float32)", () => Trainer.Fit(one, Yes(type), loss: Bce));
        Trainer.Fit(one, Yes(ScalarType.Bool), epochs: 1, loss: Loss.BinaryCrossEntropy());
        Says("reduction: None", () => Trainer.Fit(three, new Batches(images, labels, 16),
            loss: (o, t) => nn.functional.cross_entropy(o, t, reduction: nn.Reduction.None)));
        Says("in a way that gives gradients", () => Trainer.Fit(three, new Batches(images, labels, 16),
            loss: (o, t) => o.argmax(1).eq(t).to(ScalarType.Float32).mean()));
        Says("in a way that gives gradients", () => Trainer.Fit(three, new Batches(images, labels, 16),
            loss: (o, t) => nn.functional.cross_entropy(o.detach(), t)));
        using var quiet = no_grad();
        Says("a no_grad() is still open", () => Trainer.Fit(three, new Batches(images, labels, 16)));
    }

    [Fact]
    public void A_hard_example_in_a_nearly_perfect_training_is_no_divergence()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var network = nn.Linear(4, 2);
        var labels = arange(256).remainder(2);
        var x = nn.functional.one_hot(labels, 2).to(ScalarType.Float32).repeat(1, 2);
        using (no_grad())
        {
            network.weight!.copy_(tensor(new float[,] { { 60, -60, 60, -60 }, { -60, 60, -60, 60 } }));
            network.bias!.zero_();
        }
        var wrong = labels.clone();
        wrong[7] = 0; // one wrong label in 64
        var history = Trainer.Fit(network, new Batches(x, wrong, 64), epochs: 5,
            optimizer: optim.SGD(network.parameters(), 1e-3));
        Assert.Equal(StopReason.Finished, history.Reason);
        Assert.True(history.StepLosses.Max() > 1, history.ToText());
    }

    [Fact]
    public void The_best_weights_come_back_when_another_callback_stops_within_an_epoch()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        float[] best = [];
        using var stopping = new EarlyStopping(patience: 9);
        var history = Trainer.Fit(network, Practice.InBatches(160), Practice.InBatches(60), epochs: 9, callbacks: [stopping,
            new Practice.Does(afterEpoch: t => { if (stopping.BestEpoch == t.Epoch) best = Practice.Weights(t.Model); },
                afterStep: t => { if (t.Step == 34) t.Stop("That is enough."); })]);
        Assert.Equal(best, Practice.Weights(network));
        Assert.Equal(stopping.BestEpoch, history.Restored);
    }

    private sealed class Ends(string name, List<string> ended) : Callback
    {
        public override void OnEnd(Trainer trainer)
        {
            ended.Add(name);
            throw new InvalidTimeZoneException(name);
        }
    }

    [Fact]
    public void The_end_comes_to_all_callbacks_and_the_first_exception_is_seen()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        List<string> ended = [];
        Callback[] both = [new Ends("a", ended), new Ends("b", ended)];
        Assert.Equal("a", Assert.Throws<InvalidTimeZoneException>(() =>
            Trainer.Fit(network, Practice.InBatches(64), epochs: 1, callbacks: both)).Message);
        Assert.Equal(["a", "b"], ended);
        Assert.Throws<DivideByZeroException>(() => Trainer.Fit(network, Practice.InBatches(64), epochs: 1,
            callbacks: [.. both, new Practice.Does(afterStep: _ => throw new DivideByZeroException())]));
        Assert.Equal(4, ended.Count);
    }

    [Fact]
    public void A_training_that_is_not_the_saved_one_is_told_what_differs()
    {
        var folder = Directory.CreateTempSubdirectory("deepcourse-identity-");
        try
        {
            using var scope = NewDisposeScope();
            var file = Path.Combine(folder.FullName, "run.safetensors");
            var (images, labels) = Practice.Stripes(64);
            void Fit(
                Batches? train = null,
                Batches? validation = null,
                Func<Tensor, Tensor, Tensor>? loss = null,
                IReadOnlyList<Metric>? metrics = null,
                double momentum = 0.9,
                params Callback[] callbacks)
            {
                using var network = Practice.Network();
                Trainer.Fit(network, train ?? new Batches(images, labels, 16), validation, epochs: 2,
                    optimizer: optim.SGD(network.parameters(), 0.05, momentum), loss: loss, metrics: metrics,
                    callbacks: [.. callbacks, new Checkpoint(file, resume: true)]);
            }
            void Differs(string what, Action fit)
            {
                var before = File.ReadAllBytes(file);
                var e = Assert.Throws<Weights.WeightsException>(fit);
                Assert.Contains($"- {what}: ", e.Message, StringComparison.Ordinal);
                Assert.Equal(before, File.ReadAllBytes(file));
            }
            Fit();
            Fit(callbacks: [new CsvLog(Path.Combine(folder.FullName, "log.csv"))]);
            Differs("training data", () => Fit(new Batches(images + 0.01, labels, 16)));
            Differs("training data", () => Fit(new Batches(images, labels.flip(0), 16)));
            Differs("training data", () => Fit(new Batches(images, labels, 16, seed: 2)));
            Differs("training data", () => Fit(new Batches(images, labels, 16, augmentation: new Augmentation().Flip())));
            Differs("validation data", () => Fit(validation: new Batches(images, labels, 16)));
            Differs("loss", () => Fit(loss: (o, t) => nn.functional.cross_entropy(o, t) * 2));
            Differs("metrics", () => Fit(metrics: []));
            Differs("optimizer", () => Fit(momentum: 0));
            Differs("callbacks", () => Fit(callbacks: [new GradientClipping(1)]));
            Fit();
            File.Delete(file);
            Fit(callbacks: [new GradientClipping(1), Schedule.Linear(0.1)]);
            Differs("callbacks", () => Fit(callbacks: [new GradientClipping(2), Schedule.Linear(0.1)]));
            Differs("callbacks", () => Fit(callbacks: [new GradientClipping(1), Schedule.Linear(0.2)]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_can_not_be_written_or_watched_is_told_before_the_first_step()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var steps = 0;
        var blocked = Path.GetTempFileName(); // a file where a folder is to be
        void Fails<T>(string what, Callback callback) where T : Exception
        {
            var e = Assert.Throws<T>(() => Trainer.Fit(network, Practice.InBatches(64), epochs: 1,
                callbacks: [callback, new Practice.Does(afterStep: _ => steps++)]));
            Assert.Contains(what, e.Message, StringComparison.Ordinal);
            Assert.Equal(0, steps);
        }
        Fails<IOException>("Nothing can be written", new Checkpoint(Path.Combine(blocked, "run.safetensors")));
        Fails<IOException>("Nothing can be written", new CsvLog(Path.Combine(blocked, "log.csv")));
        Fails<IOException>("Nothing can be written", new TensorBoardLog(Path.Combine(blocked, "logs")));
        Fails<IOException>("is a folder", new Checkpoint(Path.GetTempPath()));
        using var stopping = new EarlyStopping("training F1", mode: Mode.Max);
        Fails<ArgumentException>("“training F1”, which is not measured", stopping);
        Fails<ArgumentException>("which is not measured", new SchedulerOf(
            o => optim.lr_scheduler.ReduceLROnPlateau(o), monitor: "training speed"));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Checkpoint("run", everySteps: 0));
        File.Delete(blocked);
    }

    [Fact]
    public void Validation_takes_as_many_at_once_as_training_and_can_be_stopped()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        List<long> sizes = [];
        using var source = new CancellationTokenSource();
        var history = Trainer.Fit(network, Practice.InBatches(64), Practice.InBatches(600), epochs: 2, forward: batch =>
        {
            sizes.Add(batch.Count);
            if (sizes.Count == 20) source.Cancel();
            return network.call(batch.Inputs);
        }, cancellation: source.Token);
        Assert.Equal(16, sizes.Max());
        Assert.Equal(20, sizes.Count);
        Assert.Equal(StopReason.Interrupted, history.Reason);
        Assert.False(network.training);
    }

    [Fact]
    public void Labels_of_pixels_are_evaluated_pixel_by_pixel()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var network = nn.Conv2d(1, 2, 3, padding: 1);
        var x = rand(40, 1, 6, 5);
        var maps = x.squeeze(1).gt(0.5).to(ScalarType.Int64);
        using var evaluation = Evaluation.Of(network, x, maps);
        var outputs = network.call(x);
        Assert.Equal(40 * 30, evaluation.Count);
        Assert.Equal(outputs.argmax(1).eq(maps).to(ScalarType.Float32).mean().item<float>(), evaluation.Accuracy, 1e-6);
        Assert.Equal(nn.functional.cross_entropy(outputs, maps).item<float>(), evaluation.Loss, 1e-5);
        using var counts = evaluation.Counts();
        Assert.Equal(40 * 30, counts.sum().item<long>());
        Assert.Throws<InvalidOperationException>(() => evaluation.WorstMistakes(["low", "high"]));
    }

    [Fact]
    public async Task A_callback_may_wait_for_what_another_thread_does_with_the_library()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var (images, _) = Practice.Stripes(16);
        var training = Task.Run(() => Trainer.Fit(network, Practice.InBatches(64), epochs: 1, callbacks: [
            new Practice.Does(afterStep: t => Task.Run(() => Trainer.Predict(t.Model, images).Dispose()).Wait())]));
        Assert.Same(training, await Task.WhenAny(training, Task.Delay(TimeSpan.FromSeconds(60))));
        Assert.Equal(StopReason.Finished, (await training).Reason);
    }

    [Fact]
    public void Mixed_labels_are_a_matter_of_the_seed_alone()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Practice.Stripes(96);
        foreach (var augmentation in new[] { new Augmentation().Mixup(3), new Augmentation().CutMix(3),
            new Augmentation().Mixup(3, 1) })
        {
            float[] Draw(long outside)
            {
                random.manual_seed(outside);
                var batches = new Batches(images, labels, 4, augmentation: augmentation);
                return [.. batches.Epoch(2).SelectMany(b => b.Inputs.sum([1L, 2, 3]).data<float>().ToArray()),
                    rand(1).item<float>()];
            }
            Assert.Equal(Draw(1)[..^1], Draw(2)[..^1]);
            random.manual_seed(1);
            Assert.Equal(rand(1).item<float>(), Draw(1)[^1]);
        }
    }

    [Fact]
    public void A_batch_in_which_nothing_counts_changes_nothing_and_spoils_nothing()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var x = randn(8, 4);
        var labels = tensor(new long[] { -100, -100, -100, -100, 0, 1, 2, 0 });
        foreach (var parts in new[] { 1, 2 })
        {
            using var network = nn.Linear(4, 3);
            var history = Trainer.Fit(network, new Batches(x, labels, 4, shuffle: false), epochs: 3, accumulate: parts);
            Assert.All(history.StepLosses, l => Assert.True(float.IsFinite(l)));
            Assert.Equal(0, history.StepLosses[0]);
        }
        var balanced = new Batches(x, labels, 4, balanced: true);
        Assert.All(balanced.Epoch(1), b => Assert.True(b.Targets.min().item<long>() >= 0));
        // Where targets are values, −100 is one.
        using var one = nn.Linear(4, 1);
        using var evaluation = Evaluation.Of(one, x, labels, Loss.MeanSquaredError(), [Metric.MeanAbsoluteError]);
        var outputs = one.call(x).squeeze(1);
        Assert.Equal((outputs - labels).abs().mean().item<float>(), evaluation["mean absolute error"], 1e-3);
        Assert.Equal((outputs - labels).square().mean().item<float>(), evaluation.Loss, 1);
    }

    [Fact]
    public void Weights_of_classes_count_in_parts_and_in_an_epoch_as_in_one_batch()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Practice.Stripes(60);
        var weight = tensor(new[] { 1f, 10, 100 });
        float[] Train(int parts)
        {
            random.manual_seed(1);
            using var network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3));
            Trainer.Fit(network, new Batches(images, labels, 20), epochs: 2, optimizer: optim.SGD(network.parameters(), 0.1),
                loss: Loss.CrossEntropy(weight), accumulate: parts);
            return Practice.Weights(network);
        }
        Assert.All(Train(1).Zip(Train(4)), w => Assert.Equal(w.First, w.Second, 1e-5));
        using var other = nn.Sequential(nn.Flatten(), nn.Linear(64, 3));
        using var evaluation = Evaluation.Of(other, new Batches(images, labels, 7), Loss.CrossEntropy(weight));
        Assert.Equal(nn.functional.cross_entropy(other.call(images), labels, weight).item<float>(), evaluation.Loss, 1e-5);
        // Values are no classes, whatever their shape.
        using var values = Evaluation.Of(other, images, rand(60, 3), Loss.BinaryCrossEntropy(), [Metric.BinaryAccuracy()]);
        Assert.Equal(values["accuracy"], values.Accuracy);
        Assert.Throws<InvalidOperationException>(() => values.Answers);
    }

    [Fact]
    public void Modes_within_a_part_that_stands_still_are_kept_and_gradients_of_the_finder_are_not()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var network = nn.Sequential(("body", nn.Sequential(("linear", nn.Linear(4, 8)), ("drop", nn.Dropout(0.5)))),
            ("head", nn.Linear(8, 3)));
        var modules = network.named_modules().ToDictionary(m => m.name, m => m.module);
        modules["body"].eval();
        modules["body.drop"].train();
        List<bool> seen = [];
        var batches = new Batches(randn(32, 4), arange(32).remainder(3), 8);
        Trainer.Fit(network, batches, epochs: 1,
            callbacks: [
                new Practice.Does(beforeStep: _ => seen.AddRange(modules["body"].training, modules["body.drop"].training))]);
        Assert.Equal([false, true], seen.Distinct().Order());
        Assert.All(seen.Chunk(2), s => Assert.Equal([false, true], s));
        using var fresh = nn.Linear(4, 3);
        LearningRateFinder.Find(fresh, batches, steps: 10);
        Assert.All(fresh.parameters(), p => Assert.Null(p.grad));
    }

    [Fact]
    public void What_a_part_of_an_optimizer_or_a_layer_of_its_own_mind_does_is_told()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        Says("head.weight is in two groups of the optimizer", () => Trainer.Fit(network, Practice.InBatches(64),
            optimizer: optim.AdamW([new TorchSharp.Modules.AdamW.ParamGroup(network.parameters(), 1e-4),
                new TorchSharp.Modules.AdamW.ParamGroup(Models.Freezing.ParametersOf(network, "head"), 1e-2)])));
        using var mixes = nn.LSTM(2, 3);
        var x = randn(20, 6, 2);
        Says("nn.LSTM(…, batchFirst: true)",
            () => Trainer.Fit(mixes, new Batches(x, randn(20, 6, 3), 5), loss: Loss.MeanSquaredError()));
        using var tagger = nn.Conv1d(2, 3, 3, padding: 1);
        Says("outputs.transpose(1, 2)", () => Trainer.Fit(tagger, new Batches(x.transpose(1, 2), zeros([20, 6], int64), 5)));
        using var two = nn.Sequential(nn.Flatten(), nn.Linear(12, 2));
        Says("there is one of 3",
            () => Trainer.Fit(two, new Batches(x, full([20, 2], 3L, int64), 5), loss: Loss.BinaryCrossEntropy()));
        Says("make it −100: targets.masked_fill", () => Trainer.Fit(two, new Batches(x, full([20], 255L, int64), 5)));
        using var one = nn.Sequential(nn.Flatten(), nn.Linear(12, 1));
        Says("Loss.BinaryCrossEntropy()", () => Trainer.Fit(one, new Batches(x, arange(20).remainder(2), 5)));
        Says("in epoch 5, and there are 2", () => Trainer.Fit(network, Practice.InBatches(64), epochs: 2,
            callbacks: [new Unfreezing(5, "conv")]));
        Says("perStep: true, or not", () => _ = new Batches(x, rand(20, 6), 5, lengths: full([20], 3L, int64)));
        Says("inputs.unsqueeze(2)", () => _ = new Batches(rand(20, 6), rand(20, 6), 5, lengths: full([20], 3L, int64)));
        var own = Batches.From([new Batch(x[..5], zeros([5], int64)), new Batch(x[..5], full([5], 7L, int64))]);
        Assert.Contains("Step 2 of epoch 1 failed: Target 7 is out of bounds",
            Assert.Throws<InvalidOperationException>(() => Trainer.Fit(two, own, epochs: 1)).Message, StringComparison.Ordinal);
    }

    /// <summary>A network that goes on where it was, and says so to nobody.</summary>
    private sealed class Remembers : nn.Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.LSTM lstm = nn.LSTM(2, 3, batchFirst: true);
        private (Tensor, Tensor)? _state;

        public Remembers() : base(nameof(Remembers)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            if (_state is var (old, _) && old.shape[1] != input.shape[0]) _state = null;
            var (outputs, h, c) = lstm.call(input, _state);
            _state = (h.detach().clone().DetachFromDisposeScope(), c.detach().clone().DetachFromDisposeScope());
            return outputs;
        }
    }

    [Fact]
    public void A_network_with_a_state_of_its_own_is_not_taken_for_one_that_mixes_examples()
    {
        using var scope = NewDisposeScope();
        using var network = new Remembers();
        Trainer.Fit(network, new Batches(randn(20, 6, 2), randn(20, 6, 3), 5), epochs: 1, loss: Loss.MeanSquaredError());
    }

    [Fact]
    public void A_state_can_not_go_on_in_parts_and_is_told_when_it_was_not_saved()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Embedding(7, 7);
        using var state = new HiddenState();
        Tensor Next(Batch batch)
        {
            state.For(batch);
            state.Keep(zeros(batch.Count, 1));
            return network.call(batch.Inputs);
        }
        var text = Batches.OfText(arange(101).remainder(7), 4, 6);
        Assert.Contains("accumulate", Assert.Throws<InvalidOperationException>(() =>
            Trainer.Fit(network, text, epochs: 1, forward: Next, accumulate: 2)).Message, StringComparison.Ordinal);
        state.Dispose();
        Assert.Contains("callbacks: [state, …]", Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var batch in text.Epoch(1, skip: 2)) Next(batch);
        }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_two_that_stop_early_the_one_that_stopped_gives_the_weights_back()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        Dictionary<int, float[]> weights = [];
        using var byLoss = new EarlyStopping(Measured.TrainingLoss, patience: 2, mode: Mode.Max);
        using var byAccuracy = new EarlyStopping(Measured.TrainingAccuracy, patience: 50, mode: Mode.Min);
        var history = Trainer.Fit(network, Practice.InBatches(160), epochs: 9, callbacks: [byAccuracy, byLoss,
            new Practice.Does(afterEpoch: t => weights[t.Epoch] = Practice.Weights(t.Model))]);
        Assert.Equal(byLoss.BestEpoch, history.Restored);
        Assert.Equal(weights[byLoss.BestEpoch], Practice.Weights(network));
        Assert.Equal(1, history.Message.Split("were restored").Length - 1);
    }
}
