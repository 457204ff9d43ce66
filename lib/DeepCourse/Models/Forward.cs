using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>How a network of any signature is called: with its inputs, one after the other; what it returns first is its output,
/// such as an LSTM's, which comes with its state.</summary>
internal static class Forward
{
    /// <summary>The call of a network with so many tensors.</summary>
    /// <exception cref="ArgumentException">It is not called with so many tensors, or does not return one first.</exception>
    public static Func<IReadOnlyList<Tensor>, Tensor> Of(nn.Module network, int inputs)
    {
        if (network is nn.Module<Tensor, Tensor> simple && inputs == 1) return x => simple.call(x[0]);
        const string advice = "Give the batches an input for each (or lengths, where that is what the last one is), or say how "
            + "an output is computed: forward: batch => ….";
        var signature = Named(network, () => Signature.Of(network, inputs, advice));
        if (signature.ReturnType == typeof(Tensor)) return x => (Tensor)signature.Invoke(network, x)!;
        if (typeof(ITuple).IsAssignableFrom(signature.ReturnType)
            && signature.ReturnType.GetGenericArguments() is [var first, ..] && first == typeof(Tensor))
            return x => (Tensor)((ITuple)signature.Invoke(network, x)!)[0]!;
        throw new ArgumentException(
            $"{network.GetName()} returns a {signature.ReturnType.Name}, and an output is a tensor, or a tuple that begins with "
                + "one. " + advice, nameof(network));
    }

    private static Signature Named(nn.Module network, Func<Signature> find)
    {
        try
        {
            return find();
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{network.GetName()} can't be called: {char.ToLowerInvariant(e.Message[0])}"
                + e.Message[1..], nameof(network), e);
        }
    }
}
