using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Search;

/// <summary>
/// A proxy that costs no training (Mellor et al. 2021, "Neural Architecture Search without Training"): how differently does the
/// untrained network switch its ReLUs for different images? The logarithm of the determinant of the images' likeness; larger is
/// better.
/// </summary>
public static class ActivationPatterns
{
    /// <summary>The score of an untrained network.</summary>
    /// <param name="network">With modules <c>ReLU</c>, called by <c>call</c>.</param>
    /// <param name="images">A batch of N images. It stays the caller's.</param>
    /// <exception cref="ArgumentException">The network has no ReLU, or calls none.</exception>
    public static double Score(nn.Module<Tensor, Tensor> network, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var likeness = zeros(images.shape[0], images.shape[0]);
        var calls = 0;
        var hooks = network.modules().OfType<ReLU>().Select(relu => relu.register_forward_hook((_, _, output) =>
        {
            calls++;
            var on = (output > 0).to(float32).flatten(1);
            likeness.add_(on.matmul(on.T)).add_((1 - on).matmul((1 - on).T)); // places where both are on, and where both are off
            return output;
        })).ToList();
        if (hooks.Count == 0)
            throw new ArgumentException($"{network.GetName()} has no ReLU modules, whose patterns this score compares.",
                nameof(network));
        try
        {
            network.call(images);
        }
        finally
        {
            foreach (var hook in hooks) hook.remove();
        }
        if (calls == 0)
            throw new ArgumentException($"{network.GetName()} calls none of its ReLU modules, whose patterns this score "
                + "compares: write relu.call(x) in place of relu.forward(x).", nameof(network));
        return linalg.slogdet(likeness.to(float64)).Item2.item<double>();
    }
}
