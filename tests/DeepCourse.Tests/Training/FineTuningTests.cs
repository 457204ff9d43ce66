using DeepCourse.Data;
using DeepCourse.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Freezing and unfreezing, groups of parameters, tied weights, optimizers that do not fit.</summary>
[Collection(nameof(Alone))]
public sealed class FineTuningTests
{
    private static float[] Of(nn.Module network, string name) => network.get_parameter(name)!.data<float>().ToArray();

    private static void Says(string what, Action fit) =>
        Assert.Contains(what, Assert.Throws<ArgumentException>(fit).Message, StringComparison.Ordinal);

    [Fact]
    public void What_is_frozen_stays_and_what_is_unfrozen_later_learns()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        network.Freeze("conv", "norm.bias");
        var (conv, bias) = (Of(network, "conv.weight"), Of(network, "norm.bias"));
        List<bool> isSame = [];
        Trainer.Fit(network, Practice.InBatches(160), epochs: 4, callbacks: [new Unfreezing(3, "conv"),
            new Practice.Does(afterEpoch: _ => isSame.Add(conv.SequenceEqual(Of(network, "conv.weight"))))]);
        Assert.Equal([true, true, false, false], isSame);
        Assert.Equal(bias, Of(network, "norm.bias"));
        // Frozen again in the middle, it stands still at once, though Adam has moved it before.
        float[] before = [];
        Trainer.Fit(network, Practice.InBatches(160), epochs: 3,
            optimizer: optim.AdamW(network.parameters(), 0.01, weight_decay: 0.1),
            callbacks: [new Practice.Does(afterEpoch: t =>
            {
                if (t.Epoch != 1) return;
                network.get_parameter("conv.weight")!.requires_grad = false;
                before = Of(network, "conv.weight");
            })]);
        Assert.Equal(before, Of(network, "conv.weight"));
        Says("no parameter “layer9”. There are conv.weight, conv.bias", () => network.Freeze("layer9"));
        Says("no parameter “layer9”",
            () => Trainer.Fit(network, Practice.InBatches(160), callbacks: [new Unfreezing(2, "layer9")]));
        network.Freeze();
        Says("All parameters of Sequential are frozen", () => Trainer.Fit(network, Practice.InBatches(160)));
    }

    [Fact]
    public void Groups_keep_the_ratio_of_their_rates_under_a_schedule()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        using var optimizer = optim.AdamW([
            new AdamW.ParamGroup(network.ParametersOf("conv", "norm"), 1e-4),
            new AdamW.ParamGroup(network.ParametersOf("head"), 1e-2)]);
        List<double[]> rates = [];
        Trainer.Fit(network, Practice.InBatches(64), epochs: 2, optimizer: optimizer, callbacks: [Schedule.OneCycle(0.02),
            new Practice.Does(afterStep: t => rates.Add([.. t.Optimizer.ParamGroups.Select(g => g.LearningRate)]))]);
        Assert.All(rates, r => Assert.Equal(0.01, r[0] / r[1], 1e-9));
        Assert.Equal(Schedule.OneCycle(0.02).Rates(8), rates.Select(r => r[1]));
    }

    [Fact]
    public void Batch_norm_whose_statistics_are_frozen_stays_so_in_every_training()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var norm = network.modules().OfType<BatchNorm2d>().Single();
        float[] Statistics() => norm.running_mean!.data<float>().ToArray();
        network.FreezeBatchNorm();
        var before = Statistics();
        for (var i = 0; i < 2; i++) Trainer.Fit(network, Practice.InBatches(64), Practice.InBatches(32), epochs: 2);
        LearningRateFinder.Find(network, Practice.InBatches(64));
        Assert.Equal(before, Statistics());
        network.UnfreezeBatchNorm();
        Trainer.Fit(network, Practice.InBatches(64), epochs: 1);
        Assert.NotEqual(before, Statistics());
        // PyTorch's own way is understood as well, and outlasts evaluations and trainings.
        network.train();
        norm.eval();
        before = Statistics();
        Evaluation.Of(network, Practice.Stripes(20).Images, Practice.Stripes(20).Labels).Dispose();
        Assert.False(norm.training);
        Assert.True(network.training);
        Trainer.Fit(network, Practice.InBatches(64), epochs: 1);
        Trainer.Fit(network, Practice.InBatches(64), epochs: 1);
        Assert.Equal(before, Statistics());
        network.train();
        Trainer.Fit(network, Practice.InBatches(64), epochs: 1);
        Assert.NotEqual(before, Statistics());
    }

    /// <summary>An embedding and a decoder with the same weights.</summary>
    private sealed class Tied : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding embedding = nn.Embedding(6, 4);
        private readonly Linear decoder = nn.Linear(4, 6, hasBias: false);

        public Tied(bool isTied = true) : base(nameof(Tied))
        {
            if (isTied) decoder.weight = embedding.weight!;
            RegisterComponents();
        }

        public override Tensor forward(Tensor words) => decoder.call(embedding.call(words));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void A_tied_weight_is_stepped_once(bool ownOptimizer)
    {
        using var scope = NewDisposeScope();
        var words = arange(36).remainder(6);
        random.manual_seed(1);
        using var ours = new Tied();
        random.manual_seed(1);
        using var byHand = new Tied();
        using var once = optim.Adam([byHand.parameters().First()], 1e-3);
        using var twice = ownOptimizer ? optim.Adam(ours.parameters(), 1e-3) : null;
        var batches = new Batches(words, (words + 1).remainder(6), 12);
        Trainer.Fit(ours, batches, epochs: 5, optimizer: twice);
        for (var epoch = 1; epoch <= 5; epoch++)
            foreach (var batch in batches.Epoch(epoch))
            {
                once.zero_grad();
                nn.functional.cross_entropy(byHand.call(batch.Inputs), batch.Targets).backward();
                once.step();
            }
        Assert.Equal(Practice.Weights(byHand), Practice.Weights(ours));
    }

    [Fact]
    public void An_optimizer_that_does_not_fit_is_told_before_the_first_step()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        using var other = Practice.Network();
        void Fit(optim.Optimizer optimizer) => Trainer.Fit(network, Practice.InBatches(64), epochs: 1, optimizer: optimizer);
        Says("holds another network's parameters: make it after the network", () => Fit(optim.SGD(other.parameters(), 0.1)));
        Says("does not hold norm.weight, norm.bias, head.weight, …, so that they do not learn",
            () => Fit(optim.SGD(network.ParametersOf("conv"), 0.1)));
        Says("holds 6 parameters that are not the network's",
            () => Fit(optim.SGD(network.parameters().Concat(other.parameters()), 0.1)));
        Says("LBFGS computes the loss several times", () => Fit(optim.LBFGS(network.parameters())));
        network.Freeze("norm", "head");
        Fit(optim.SGD(network.ParametersOf("conv"), 0.1));
        var e = Assert.Throws<ArgumentException>(() => Trainer.Fit(network, Practice.InBatches(64), epochs: 3,
            optimizer: optim.SGD(network.ParametersOf("conv"), 0.1), callbacks: [new Unfreezing(2, "head")]));
        Assert.Contains("does not hold head.weight, head.bias", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2), InlineData(3), InlineData(16)]
    public void A_batch_in_parts_gives_the_gradient_of_the_whole(int parts)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Practice.Stripes(96);
        labels[TensorIndex.Tensor(arange(96).remainder(5).eq(0))] = -100; // parts in which not all counts
        nn.Module<Tensor, Tensor> Make()
        {
            random.manual_seed(1);
            return nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 3));
        }
        using var whole = Make();
        using var inParts = Make();
        var batches = new Batches(images, labels, 16);
        var a = Trainer.Fit(whole, batches, epochs: 3, optimizer: optim.SGD(whole.parameters(), 0.1));
        var b = Trainer.Fit(inParts, batches, epochs: 3, optimizer: optim.SGD(inParts.parameters(), 0.1), accumulate: parts);
        Assert.Equal(a.StepLosses.Count, b.StepLosses.Count);
        Assert.All(Practice.Weights(whole).Zip(Practice.Weights(inParts)), w => Assert.Equal(w.First, w.Second, 1e-5));
        Assert.All(a.StepLosses.Zip(b.StepLosses), l => Assert.Equal(l.First, l.Second, 1e-5));
        Assert.Equal(a.Last[Measured.TrainingAccuracy], b.Last[Measured.TrainingAccuracy], 1e-9);
        Says("goes through the network in 1 to 16 parts", () => Trainer.Fit(whole, batches, accumulate: 17));
    }

    [Fact]
    public void Class_weights_are_those_of_pytorch_s_formula()
    {
        using var scope = NewDisposeScope();
        var labels = tensor(new long[] { 0, 0, 0, 1, 2, 2, -100 });
        using var weights = Loss.Balanced(labels, 3);
        Assert.Equal([6 / 9f, 2, 1], weights.data<float>().ToArray());
        var outputs = randn(7, 3);
        Assert.Equal(nn.functional.cross_entropy(outputs, labels, weights).item<float>(),
            Loss.CrossEntropy(weights)(outputs, labels).item<float>(), 1e-6);
        Says("there are 3, 1, 2, 0", () => Loss.Balanced(labels, 4));
    }
}
