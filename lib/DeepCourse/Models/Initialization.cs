using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>How weights are drawn before training. The same seed gives the same weights.</summary>
internal static class Initialization
{
    /// <summary>
    /// Gives <paramref name="network"/> memory on <paramref name="device"/> and draws its weights, layer by layer in the
    /// network's order, with
    /// <paramref name="draw"/>. On the meta device it stays without memory.
    /// </summary>
    public static T Begin<T>(T network, Device? device, long seed, Action<nn.Module, Generator> draw) where T : nn.Module
    {
        if (device?.type == DeviceType.META) return network;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        // Drawn on the CPU, so that a seed gives the same weights on every device.
        Weighted.Allocate(network, CPU);
        using var generator = new Generator((ulong)seed);
        foreach (var module in network.modules())
        {
            if (module is BatchNorm norm) norm.reset_parameters();
            else draw(module, generator);
        }
        network.to(device.Or());
        return network;
    }

    /// <summary>Normal with a variance of 2 over the weights that leave a place, for ReLU (He et al. 2015, "fan out"); biases
    /// 0.</summary>
    public static void He(Convolution layer, Generator generator)
    {
        Normal(layer.weight, Math.Sqrt(2.0 / (layer.weight.shape[0] * layer.weight.shape[2] * layer.weight.shape[3])), generator);
        layer.bias?.zero_();
    }

    /// <summary>Uniform in ±1/√(inputs), PyTorch's own for linear layers (LeCun et al. 1998 up to a factor).</summary>
    public static void Uniform(Linear layer, Generator generator, double gain = 1)
    {
        var bound = gain / Math.Sqrt(layer.weight.shape[1]);
        layer.weight.uniform_(-bound, bound, generator);
        layer.bias?.uniform_(-bound, bound, generator);
    }

    /// <summary>Normal with the given standard deviation and mean 0.</summary>
    public static void Normal(Tensor weight, double deviation, Generator generator) => weight.normal_(0, deviation, generator);

    /// <summary>The number of classes, once it is known to be one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public static int Classes(int classes) => classes >= 1 ? classes
        : throw new ArgumentOutOfRangeException(nameof(classes), classes, "A network tells at least one class apart.");
}
