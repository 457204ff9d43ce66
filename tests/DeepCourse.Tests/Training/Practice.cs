using DeepCourse.Data;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Small things to learn: three kinds of stripes, and networks that can tell them apart.</summary>
internal static class Practice
{
    /// <summary>Images 1×8×8 of level, upright and slanting stripes with noise, and their labels 0 to 2.</summary>
    public static (Tensor Images, Tensor Labels) Stripes(int count, long seed = 1, double noise = 0.3)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var labels = arange(count).remainder(3);
        var (row, column) = (arange(8).reshape(1, 8, 1), arange(8).reshape(1, 1, 8));
        var phase = randint(4, [count, 1, 1], generator: generator);
        var kind = labels.reshape(-1, 1, 1);
        var wave = where(kind.eq(0), row + phase, where(kind.eq(1), column + phase, row + column + phase))
            .remainder(4)
            .lt(2)
            .to(ScalarType.Float32);
        var images = (wave + randn([count, 8, 8], generator: generator) * noise).unsqueeze(1);
        return (images.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    /// <summary>A network with all that has a state of its own: batch norm, and dropout, which is random.</summary>
    public static nn.Module<Tensor, Tensor> Network(long seed = 1)
    {
        random.manual_seed(seed);
        return nn.Sequential(("conv", nn.Conv2d(1, 6, 3, padding: 1)), ("norm", nn.BatchNorm2d(6)), ("relu", nn.ReLU()),
            ("pool", nn.MaxPool2d(2)), ("flatten", nn.Flatten()), ("drop", nn.Dropout(0.3)), ("head", nn.Linear(6 * 16, 3)));
    }

    /// <summary>All weights and buffers, one after the other.</summary>
    public static float[] Weights(nn.Module network)
    {
        using var scope = NewDisposeScope();
        return [
            .. network.state_dict()
                .OrderBy(s => s.Key, StringComparer.Ordinal)
                .SelectMany(s => s.Value.to(ScalarType.Float32).contiguous().data<float>().ToArray())];
    }

    /// <summary>Stripes in batches of 16.</summary>
    public static Batches InBatches(int count, long seed = 1, double noise = 0.3)
    {
        var (images, labels) = Stripes(count, seed, noise);
        return new Batches(images, labels, 16);
    }

    /// <summary>A callback made of what it does.</summary>
    public sealed class Does(
        Action<Trainer>? afterStep = null,
        Action<Trainer>? afterEpoch = null,
        Action<Trainer>? beforeStep = null) : Callback
    {
        public override string Name => "";

        public override void BeforeStep(Trainer trainer) => beforeStep?.Invoke(trainer);

        public override void AfterStep(Trainer trainer) => afterStep?.Invoke(trainer);

        public override void AfterEpoch(Trainer trainer) => afterEpoch?.Invoke(trainer);
    }
}
