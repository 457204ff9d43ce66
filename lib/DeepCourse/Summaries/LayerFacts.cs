using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>What a kind of layer tells of itself: its window, and how much it computes.</summary>
internal static class LayerFacts
{
    /// <summary>What a module is called: a layer of TorchSharp's by its class, since its own name may be another
    /// ("torch::nn::SequentialImpl"); others as they say.</summary>
    public static string TypeOf(nn.Module module) =>
        module.GetType().Assembly == typeof(torch).Assembly ? module.GetType().Name : module.GetName();

    /// <summary>Kernel, stride and padding; nulls for a layer without a window.</summary>
    public static (IReadOnlyList<long>? Kernel, IReadOnlyList<long>? Stride, IReadOnlyList<long>? Padding) Window(
        nn.Module module) => module switch
        {
            Convolution c => (c.kernel_size, c.stride, c.padding),
            // Of pooling layers TorchSharp shows these under the same names, in arrays or as numbers.
            _ when module.GetType().Name.Contains("Pool", StringComparison.Ordinal) =>
                (Numbers(module, "kernel_size"), Numbers(module, "stride") ?? Numbers(module, "kernel_size"),
                    Numbers(module, "padding")),
            _ => (null, null, null),
        };

    /// <summary>Multiply-adds for one example.</summary>
    /// <param name="module">The layer.</param>
    /// <param name="inputs">Shapes without the batch.</param>
    /// <param name="outputs">Shapes without the batch.</param>
    public static long MultiplyAdds(
        nn.Module module,
        IReadOnlyList<IReadOnlyList<long>> inputs,
        IReadOnlyList<IReadOnlyList<long>> outputs)
    {
        if (inputs.Count == 0 || outputs.Count == 0) return 0;
        var (input, output) = (Product(inputs[0]), Product(outputs[0]));
        return module switch
        {
            // Every output place is a window of weights; transposed, every input place is one.
            ConvTranspose1d or ConvTranspose2d or ConvTranspose3d =>
                input * ((Convolution)module).weight.numel() / ((Convolution)module).weight.shape[0],
            Convolution c => output * (c.weight.numel() / c.weight.shape[0]),
            Linear l => output * l.weight.shape[1],
            // Every weight matrix once per step of time.
            LSTM or GRU or RNN =>
                Steps(inputs[0]) * module.named_parameters()
                    .Where(p => p.name.StartsWith("weight", StringComparison.Ordinal))
                    .Sum(p => p.parameter.numel()),
            _ => 0,
        };
    }

    private static long Steps(IReadOnlyList<long> input) => input.Count > 1 ? Product(input.Take(input.Count - 1)) : 1;

    private static long Product(IEnumerable<long> shape) => shape.Aggregate(1L, (a, b) => a * b);

    private static long[]? Numbers(nn.Module module, string property) =>
        module.GetType().GetProperty(property)?.GetValue(module) switch
        {
            long[] many => many,
            long one => [one, one],
            ValueTuple<long, long>(var a, var b) => [a, b],
            _ => null,
        };
}
