using DeepCourse.Data;
using DeepCourse.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

[Collection(nameof(Alone))]
public sealed class ChecksTests
{
    private static void Says(string what, Action fit)
    {
        var e = Assert.Throws<ArgumentException>(fit);
        Assert.Contains(what, e.Message, StringComparison.Ordinal);
    }

    private static void Fit(
        nn.Module<Tensor, Tensor> network,
        Tensor x,
        Tensor y,
        int size = 16,
        Func<Tensor, Tensor, Tensor>? loss = null,
        bool dropLast = false) =>
        Trainer.Fit(network, new Batches(x, y, size, dropLast: dropLast), epochs: 1, loss: loss);

    [Fact]
    public void Labels_that_do_not_fit_the_outputs_are_told_with_the_fix()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Practice.Stripes(30);
        using var network = Practice.Network();
        Says("run from 1 to 3, and the network has 3 outputs, for the classes 0 to 2. Count from 0: targets - 1.",
            () => Fit(network, x, y + 1));
        Says("run from 0 to 4, and the network has 3 outputs, for the classes 0 to 2. Give the last layer 5 outputs",
            () => Fit(network, x, y * 2));
        Says("run from -1 to 1", () => Fit(network, x, y - 1));
        Says("targets.squeeze(1)", () => Fit(network, x, y.unsqueeze(1)));
        Says("targets.argmax(1)", () => Fit(network, x, nn.functional.one_hot(y, 3)));
        Says("targets.to(ScalarType.Int64)", () => Fit(network, x, y.to(ScalarType.Int32)));
        Says("loss: Loss.MeanSquaredError()", () => Fit(network, x, y.to(ScalarType.Float32)));
        Says("for each label there must be a row", () => Fit(network, x, y.reshape(30, 1, 1).expand(30, 8, 8)));
    }

    [Fact]
    public void Inputs_that_can_not_be_learned_from_are_told_with_the_fix()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Practice.Stripes(30);
        using var network = Practice.Network();
        Says("inputs.to(ScalarType.Float32) / 255", () => Fit(network, (x * 50).to(ScalarType.Byte), y));
        Says("can't take training inputs of the shape N×3×8×8: ", () => Fit(network, x.expand(30, 3, 8, 8), y));
        Says("can't take training inputs of the shape N×1×12×12: ", () => Fit(network, zeros(30, 1, 12, 12), y));
        var bad = x.clone();
        bad[7, 0, 2, 3] = float.NaN;
        Says("hold 1 value that is no number: the first, NaN, is in example 7 at [7, 0, 2, 3]", () => Fit(network, bad, y));
        bad[9] = float.NegativeInfinity;
        Says("hold 65 values that are no numbers", () => Fit(network, bad, y));
        Fit(network, bad.nan_to_num(0, 0, 0), y);
        Says("validation inputs hold", () => Trainer.Fit(network, new Batches(x, y, 16), new Batches(bad, y, 16)));
        Says("validation labels run from 1", () => Trainer.Fit(network, new Batches(x, y, 16), new Batches(x, y + 1, 16)));
    }

    [Fact]
    public void Large_numbers_whose_sum_overflows_are_still_numbers()
    {
        using var scope = NewDisposeScope();
        using var network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3));
        var huge = full([30, 1, 8, 8], float.MaxValue, ScalarType.Float32);
        Assert.Throws<TrainingDivergedException>(() => Fit(network, huge, Practice.Stripes(30).Labels));
    }

    [Fact]
    public void Batch_norm_needs_more_than_one_example()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Practice.Stripes(33);
        using var network = nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.BatchNorm1d(4), nn.Linear(4, 3));
        Says("batches (or their parts) have 1 example", () => Fit(network, x, y, size: 1));
        Says("batches (or their parts) have 1 example",
            () => Trainer.Fit(network, new Batches(x[..32], y[..32], 4), epochs: 1, accumulate: 4));
        Says(
            "the last of the 3 batches of 33 examples has 1 example: there is nothing to take a mean of. Leave it out with "
                + "dropLast: true, or take batches of 17.", () => Fit(network, x, y));
        Fit(network, x, y, size: 17);
        Fit(network, x, y, dropLast: true);
        using var without = nn.Sequential(nn.Flatten(), nn.Linear(64, 3));
        Fit(without, x, y);
        // Of a map the mean is taken over its places as well.
        using var maps = Practice.Network();
        Fit(maps, x, y);
        Fit(maps, x, y, size: 1);
    }

    [Fact]
    public void A_network_whose_parts_are_not_known_to_it_is_told_so()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Practice.Stripes(32);
        using var forgotten = new Forgotten();
        Says("call RegisterComponents() as the constructor's last line", () => Fit(forgotten, x, y));
        using var late = new Late();
        Says("does not know its head (Linear)", () => Fit(late, x, y));
        using var inArray = new InArray();
        Says("Make it a ModuleList, or a Sequential.", () => Fit(inArray, x, y));
        using var none = nn.Sequential(nn.Flatten(), nn.ReLU());
        Says("has no parameters", () => Fit(none, x, y));
        using var frozen = nn.Sequential(nn.Flatten(), nn.Linear(64, 3));
        foreach (var parameter in frozen.parameters()) parameter.requires_grad = false;
        Says("All parameters of Sequential are frozen", () => Fit(frozen, x, y));
        using var meta = LeNet5.Create(device: META);
        Says("on the meta device", () => Fit(meta, zeros(32, 1, 28, 28), y));
    }

    [Fact]
    public void Outputs_that_lost_the_examples_or_would_be_stretched_are_told()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Practice.Stripes(32);
        using var flat = nn.Sequential(nn.Flatten(0), nn.Unflatten(0, [1, 128]), nn.Linear(128, 3));
        Says("the first dimension must stay the number of examples", () => Fit(flat, x, y));
        using var line = nn.Sequential(nn.Flatten(), nn.Linear(64, 1));
        Says("targets.reshape(-1, 1)",
            () => Fit(line, x, y.to(ScalarType.Float32), loss: (o, t) => nn.functional.mse_loss(o, t)));
        Says("at least 1 epoch", () => Trainer.Fit(line, new Batches(x, y, 16), epochs: 0));
    }

    [Fact]
    public void Checking_changes_neither_the_network_nor_its_mode()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var before = Practice.Weights(network);
        using var evaluation = Evaluation.Of(network, Practice.Stripes(30).Images, Practice.Stripes(30).Labels);
        Assert.Equal(before, Practice.Weights(network));
        Assert.True(network.training);
    }

    private abstract class Stripes(string name) : nn.Module<Tensor, Tensor>(name)
    {
        protected static Linear Layer() => nn.Linear(64, 3);
    }

    private sealed class Forgotten : Stripes
    {
        private readonly Linear _head = Layer();

        public Forgotten() : base(nameof(Forgotten))
        {
        }

        public override Tensor forward(Tensor input) => _head.call(input.flatten(1));
    }

    private sealed class Late : Stripes
    {
        private readonly Linear head;

        public Late() : base(nameof(Late))
        {
            RegisterComponents();
            head = Layer();
        }

        public override Tensor forward(Tensor input) => head.call(input.flatten(1));
    }

    private sealed class InArray : Stripes
    {
        private readonly Linear[] _heads = [Layer()];

        public InArray() : base(nameof(InArray)) => RegisterComponents();

        public override Tensor forward(Tensor input) => _heads[0].call(input.flatten(1));
    }
}
