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
        !IsOfTorchSharp(module) ? module.GetName() : module.GetType().Name.Split('`')[0];

    /// <summary>Whether TorchSharp wrote the module's class.</summary>
    public static bool IsOfTorchSharp(nn.Module module) => module.GetType().Assembly == typeof(torch).Assembly;

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

    /// <summary>Multiply-adds of one call: a multiplication of a weight with an input and its addition are one; a bias, a lookup,
    /// a norm and an activation are none. Attention has those of its two products besides.</summary>
    /// <param name="module">The layer.</param>
    /// <param name="inputs">Whole shapes.</param>
    /// <param name="outputs">Whole shapes.</param>
    public static long MultiplyAdds(
        nn.Module module,
        IReadOnlyList<IReadOnlyList<long>> inputs,
        IReadOnlyList<IReadOnlyList<long>> outputs)
    {
        if (inputs.Count == 0 || outputs.Count == 0) return 0;
        return module switch
        {
            // Every output place is a window of weights; transposed, every input place is one.
            ConvTranspose1d or ConvTranspose2d or ConvTranspose3d when module is Convolution c =>
                Product(inputs[0]) * PerChannel(c.weight),
            Convolution c => Product(outputs[0]) * PerChannel(c.weight),
            Linear l => Product(outputs[0]) * PerChannel(l.weight),
            Bilinear b => Product(outputs[0]) * PerChannel(b.weight),
            // Every weight matrix once per step of time, or per example.
            LSTM or GRU or RNN or LSTMCell or GRUCell or RNNCell => Rows(inputs[0]) * Weights(module).Sum(w => w.Weight.numel()),
            MultiheadAttention when inputs.Count > 2 => Attention(module, inputs[0], inputs[1]),
            TransformerEncoder or TransformerEncoderLayer => Blocks(module, inputs[0], inputs[0]),
            TransformerDecoder or TransformerDecoderLayer when inputs.Count > 1 => Blocks(module, inputs[0], inputs[1]),
            Transformer when inputs.Count > 1 => Blocks(module, inputs[1], inputs[0]),
            _ => 0,
        };
    }

    /// <summary>Attention of queries, length × examples × size, to keys.</summary>
    private static long Attention(nn.Module module, IReadOnlyList<long> queries, IReadOnlyList<long> keys)
    {
        var (count, size, bias) = (0L, queries[^1], 0L);
        foreach (var (name, weight) in Weights(module))
        {
            count += name switch
            {
                "in_proj_weight" => weight.numel() / 3 * (Rows(queries) + 2 * Rows(keys)),
                "k_proj_weight" or "v_proj_weight" => weight.numel() * Rows(keys),
                _ => weight.numel() * Rows(queries),
            };
        }
        // A learned key and value stand behind those given.
        if (module.named_parameters().Any(p => p.name == "bias_k")) bias = 1;
        return count + 2 * Rows(queries) * (keys[0] + bias) * size;
    }

    /// <summary>Blocks of a transformer, whose layers libtorch runs by itself: every matrix once per place of its sequence, and
    /// two products of attention each.</summary>
    /// <param name="module">The blocks.</param>
    /// <param name="own">The sequence that goes through a decoder, or through an encoder alone.</param>
    /// <param name="other">The one that it attends to, or that goes through the encoder of both.</param>
    private static long Blocks(nn.Module module, IReadOnlyList<long> own, IReadOnlyList<long> other)
    {
        var count = 0L;
        foreach (var (name, weight) in Weights(module))
        {
            var here = name.StartsWith("encoder.", StringComparison.Ordinal) ? other : own;
            count += name.EndsWith("self_attn.in_proj_weight", StringComparison.Ordinal)
                ? weight.numel() * Rows(here) + 2 * Rows(here) * here[0] * here[^1]
                : name.EndsWith("multihead_attn.in_proj_weight", StringComparison.Ordinal)
                ? weight.numel() / 3 * (Rows(here) + 2 * Rows(other)) + 2 * Rows(here) * other[0] * here[^1]
                : weight.numel() * Rows(here);
        }
        return count;
    }

    private static IEnumerable<(string Name, Parameter Weight)> Weights(nn.Module module) =>
        module.named_parameters().Where(p => p.parameter.ndim == 2);

    private static long PerChannel(Parameter? weight) => weight is null ? 0 : weight.numel() / Math.Max(1, weight.shape[0]);

    /// <summary>How many vectors a tensor is made of.</summary>
    private static long Rows(IReadOnlyList<long> shape) => Product(shape.Take(shape.Count - 1));

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
