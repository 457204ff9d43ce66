using DeepCourse.Data;
using DeepCourse.Models;
using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Training;

[Collection(nameof(Alone))]
public sealed class TrainerTests
{
    [Fact]
    public void It_learns_and_measures_what_it_says()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var (train, validation) = (Practice.InBatches(320), Practice.InBatches(90, seed: 2));
        var history = Trainer.Fit(network, train, validation, epochs: 15);
        Assert.Equal([Measured.TrainingLoss, Measured.TrainingAccuracy, Measured.ValidationLoss, Measured.ValidationAccuracy,
            Measured.LearningRate, Measured.Seconds], history.Columns);
        Assert.Equal((15, 15 * 20, StopReason.Finished), (history.Epochs.Count, history.StepLosses.Count, history.Reason));
        Assert.True(history.Last[Measured.ValidationAccuracy] > 0.9, history.ToText());
        Assert.False(network.training);
        // Measured once more by hand.
        var (inputs, targets) = Practice.Stripes(90, seed: 2);
        var outputs = network.call(inputs);
        Assert.Equal(nn.functional.cross_entropy(outputs, targets).item<float>(),
            history.Last[Measured.ValidationLoss], 1e-4);
        Assert.Equal(outputs.argmax(1).eq(targets).to(ScalarType.Float32).mean().item<float>(),
            history.Last[Measured.ValidationAccuracy], 1e-6);
        Assert.Equal(history.StepLosses.TakeLast(20).Average(), history.Last[Measured.TrainingLoss], 1e-5);
    }

    [Theory]
    [InlineData("sgd"), InlineData("adam")]
    public void It_does_to_the_last_bit_what_a_loop_written_by_hand_does(string which)
    {
        using var scope = NewDisposeScope();
        optim.Optimizer Make(IEnumerable<TorchSharp.Modules.Parameter> p) =>
            which == "sgd" ? optim.SGD(p, 0.05, momentum: 0.9) : optim.AdamW(p, 2e-3);
        var (images, labels) = Practice.Stripes(100);
        var batches = new Batches(images, labels, 16, seed: 7); // a last batch of 4
        using var ours = Practice.Network();
        using (var ownOptimizer = Make(ours.parameters())) Trainer.Fit(ours, batches, epochs: 3, optimizer: ownOptimizer);

        using var byHand = Practice.Network();
        using var optimizer = Make(byHand.parameters());
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var step = 0;
            foreach (var batch in batches.Epoch(epoch + 1))
            {
                random.manual_seed(Seeds.Mix(7, epoch, step++));
                var loss = nn.functional.cross_entropy(byHand.call(batch.Inputs), batch.Targets);
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
            }
        }
        Assert.Equal(Practice.Weights(byHand), Practice.Weights(ours));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_one_others()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Practice.Stripes(200);
        float[] Train(long seed)
        {
            using var network = Practice.Network();
            Trainer.Fit(network, new Batches(images, labels, 16, seed: seed, augmentation: new Augmentation().Flip()), epochs: 2);
            return Practice.Weights(network);
        }
        var first = Train(1);
        random.manual_seed(99); // what others draw in between does not matter
        Assert.Equal(first, Train(1));
        Assert.NotEqual(first, Train(2));
    }

    [Fact]
    public void No_tensor_is_left_over_however_long_it_trains()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var (train, validation) = (Practice.InBatches(200), Practice.InBatches(60, 2));
        Trainer.Fit(network, train, validation, epochs: 1); // gradients are there afterwards
        var (before, during) = (Alone.Tensors(), new List<long>());
        using var stopping = new EarlyStopping(patience: 100);
        Trainer.Fit(network, train, validation, epochs: 8, metrics: [Metric.Accuracy, Metric.TopK(2)],
            callbacks: [stopping, Schedule.OneCycle(0.01), new GradientClipping(1),
                new Practice.Does(afterEpoch: _ => during.Add(Tensor.TotalCount))]);
        Assert.Equal(before, Tensor.TotalCount);
        Assert.All(during.Skip(1), count => Assert.Equal(during[1], count));
    }

    [Fact]
    public void A_token_ends_it_after_a_step_and_what_there_is_can_be_used()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        using var source = new CancellationTokenSource();
        var history = Trainer.Fit(network, Practice.InBatches(160), epochs: 100,
            callbacks: [new Practice.Does(afterStep: t => { if (t.Step == 37) source.Cancel(); })], cancellation: source.Token);
        Assert.Equal((3, StopReason.Interrupted, "Interrupted in epoch 4, after 7 of its 10 steps."),
            (history.Epochs.Count, history.Reason, history.Message));
        Assert.Equal([1, 3], network.call(zeros(1, 1, 8, 8)).shape);
        Assert.False(network.training);
    }

    [Fact]
    public void An_interrupt_that_a_callback_notices_first_is_an_interrupt_all_the_same()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        using var source = new CancellationTokenSource();
        var history = Trainer.Fit(network, Practice.InBatches(160), epochs: 100, callbacks: [new Practice.Does(afterStep: t =>
        {
            if (t.Step == 25) source.Cancel();
            source.Token.ThrowIfCancellationRequested();
        })], cancellation: source.Token);
        Assert.Equal((2, StopReason.Interrupted), (history.Epochs.Count, history.Reason));
        // Somebody else's cancellation is an exception as any other.
        Assert.Throws<OperationCanceledException>(() => Trainer.Fit(network, Practice.InBatches(160),
            callbacks: [new Practice.Does(afterStep: _ => throw new OperationCanceledException())]));
    }

    [Fact]
    public void A_callback_s_exception_comes_through_and_the_others_end()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        using var stopping = new EarlyStopping();
        Assert.Throws<InvalidTimeZoneException>(() => Trainer.Fit(network, Practice.InBatches(160), Practice.InBatches(60),
            callbacks: [stopping,
                new Practice.Does(afterEpoch: t => { if (t.Epoch == 2) throw new InvalidTimeZoneException(); })]));
        foreach (var parameter in network.parameters()) parameter.grad?.Dispose();
        Assert.Empty(stopping.State);
        Assert.False(network.training);
    }

    [Fact]
    public void A_divergence_is_told_with_its_step_and_what_to_try()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var e = Assert.Throws<TrainingDivergedException>(() => Trainer.Fit(network, Practice.InBatches(160), epochs: 30,
            optimizer: optim.SGD(network.parameters(), 1e5)));
        Assert.Matches(
            @"^The loss (became|grew).* in epoch \d+ at step \d+ of 10 \(learning rate 1e\+05\)\. Try a learning rate "
                + @"ten times smaller \(1e\+04\), clip the gradients",
            e.Message);
        Assert.EndsWith("make it anew.", e.Message, StringComparison.Ordinal);
        Assert.Equal(StopReason.Diverged, e.History.Reason);
    }

    [Theory]
    [InlineData(0), InlineData(3), InlineData(9), InlineData(10), InlineData(16), InlineData(29)]
    public void The_step_is_the_very_one_whose_loss_was_no_number(int at)
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var step = -1;
        var e = Assert.Throws<TrainingDivergedException>(() => Trainer.Fit(network, Practice.InBatches(160), epochs: 3,
            loss: (o, t) => nn.functional.cross_entropy(o, t) * (step == at ? float.NaN : 1),
            callbacks: [new Practice.Does(beforeStep: t => step = t.Step)]));
        Assert.StartsWith($"The loss became NaN in epoch {at / 10 + 1} at step {at % 10 + 1} of 10 ", e.Message,
            StringComparison.Ordinal);
        Assert.Equal(at == 0, e.Message.Contains("at the very first step", StringComparison.Ordinal));
    }

    [Fact]
    public void A_divergence_with_early_stopping_brings_the_best_back()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        float[] best = [];
        using var stopping = new EarlyStopping(patience: 100);
        var e = Assert.Throws<TrainingDivergedException>(() => Trainer.Fit(network, Practice.InBatches(160),
            Practice.InBatches(60), epochs: 9, optimizer: optim.SGD(network.parameters(), 1e-2), callbacks:
            [new Practice.Does(afterEpoch: t => { if (t.Epoch == 2) best = Practice.Weights(t.Model); },
                beforeStep: t => t.LearningRate = t.Epoch <= 2 ? 1e-2 : 1e6), stopping]));
        Assert.EndsWith("The network gets the weights of its best epoch back.", e.Message, StringComparison.Ordinal);
        Assert.Equal(best, Practice.Weights(network));
    }

    [Fact]
    public void Inputs_that_were_not_scaled_are_suspected_first()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3));
        var (images, labels) = Practice.Stripes(160);
        var e = Assert.Throws<TrainingDivergedException>(() => Trainer.Fit(network, new Batches(images * 255, labels, 16),
            epochs: 30, optimizer: optim.SGD(network.parameters(), 100)));
        Assert.Contains("The inputs run from -", e.Message, StringComparison.Ordinal);
        Assert.Contains("scale them", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Gradients_are_clipped_to_a_length()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var norms = new List<double>();
        var look = new LookAtGradients(norms);
        Trainer.Fit(network, Practice.InBatches(160), epochs: 1, callbacks: [new GradientClipping(0.01), look]);
        Assert.All(norms, n => Assert.InRange(n, 0, 0.010001));
        Assert.Contains(norms, n => n > 0.0099);
        Assert.Throws<ArgumentOutOfRangeException>(() => new GradientClipping(0));
    }

    private sealed class LookAtGradients(List<double> norms) : Callback
    {
        public override void AfterBackward(Trainer trainer) =>
            norms.Add(Math.Sqrt(trainer.Model.parameters().Sum(p => Math.Pow(p.grad!.norm().item<float>(), 2))));
    }

    [Fact]
    public void Frozen_parameters_stay_and_regression_needs_only_a_loss()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var network = nn.Sequential(("first", nn.Linear(4, 8)), ("tanh", nn.Tanh()), ("last", nn.Linear(8, 1)));
        var first = network.get_parameter("first.weight")!;
        first.requires_grad = false;
        var before = first.data<float>().ToArray();
        var x = randn(256, 4);
        var history = Trainer.Fit(network, new Batches(x, x.sum(1, keepdim: true).tanh(), 32), epochs: 20,
            optimizer: optim.Adam(network.parameters(), 0.01), loss: (o, t) => nn.functional.mse_loss(o, t));
        Assert.Equal(before, first.data<float>().ToArray());
        Assert.Equal([Measured.TrainingLoss, Measured.LearningRate, Measured.Seconds], history.Columns);
        Assert.True(history.Last[Measured.TrainingLoss] < history.Epochs[0][Measured.TrainingLoss] / 5);
    }

    [Fact]
    public void Every_pixel_may_have_a_label_of_its_own()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        using var network = nn.Conv2d(1, 2, 3, padding: 1);
        var x = rand(64, 1, 8, 8);
        var history = Trainer.Fit(network, new Batches(x, x.squeeze(1).gt(0.5).to(ScalarType.Int64), 16), epochs: 30,
            optimizer: optim.Adam(network.parameters(), 0.05));
        Assert.InRange(history.Last[Measured.TrainingAccuracy], 0.85, 1);
    }

    [Fact]
    public void Mixed_labels_are_learned_from()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var (images, labels) = Practice.Stripes(320);
        var history = Trainer.Fit(network, new Batches(images, labels, 16, augmentation: new Augmentation().Mixup(3)),
            Practice.InBatches(90, 2), epochs: 12);
        Assert.True(history.Last[Measured.ValidationAccuracy] > 0.8, history.ToText());
        Assert.InRange(history.Last[Measured.TrainingAccuracy], 0.4, 1);
    }

    [Fact]
    public void A_network_of_the_library_can_be_trained()
    {
        using var scope = NewDisposeScope();
        using var network = LeNet5.Create();
        using var train = FashionMnist.Train(640);
        var history = Trainer.Fit(network, new Batches(train.Images, train.Labels), epochs: 2);
        Assert.True(history.Last[Measured.TrainingLoss] < history.Epochs[0][Measured.TrainingLoss]);
    }
}
