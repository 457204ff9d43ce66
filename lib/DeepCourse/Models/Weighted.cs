using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>
/// The layers of a network that hold weights. Networks are built on libtorch's meta device, where a tensor has a shape and no
/// memory; whoever wants to compute gives them memory afterwards, once, whether the weights are then drawn at random or read from
/// a file.
/// </summary>
internal static class Weighted
{
    /// <summary>Whether any of the network's tensors is on the meta device.</summary>
    public static bool IsWithoutMemory(nn.Module network) =>
        network.parameters().Concat(network.buffers()).Any(t => t.device_type == DeviceType.META);

    /// <summary>
    /// Replaces tensors by what <paramref name="make"/> gives for each, which may be null to leave it. The replaced one is
    /// disposed.
    /// </summary>
    /// <exception cref="NotSupportedException">A layer's weights can't be replaced from outside.</exception>
    public static void Replace(nn.Module network, Func<Tensor, Tensor?> make)
    {
        foreach (var (name, module) in network.named_modules().Prepend(("", network)))
        {
            switch (module)
            {
                case Convolution layer:
                    Put(layer.weight, w => layer.weight = w);
                    Put(layer.bias, b => layer.bias = b);
                    break;
                case Linear layer:
                    Put(layer.weight, w => layer.weight = w);
                    Put(layer.bias, b => layer.bias = b);
                    break;
                case NormBase layer:
                    Put(layer.weight, w => layer.weight = w);
                    Put(layer.bias, b => layer.bias = b);
                    PutBuffer(layer.running_mean, m => layer.running_mean = m);
                    PutBuffer(layer.running_var, v => layer.running_var = v);
                    PutBuffer(layer.num_batches_tracked, n => layer.num_batches_tracked = n);
                    break;
                default:
                    if (module.named_parameters(recurse: false).Any(p => p.parameter.device_type == DeviceType.META))
                        throw new NotSupportedException(
                            $"The layer {name} ({module.GetName()}) was made on the meta device, and its weights can't be "
                                + "replaced. Make it on the CPU.");
                    break;
            }
        }

        void Put(Parameter? old, Action<Parameter> set)
        {
            if (old is not null && make(old) is { } made) set(new Parameter(made, old.requires_grad));
        }

        void PutBuffer(Tensor? old, Action<Tensor> set)
        {
            if (old is not null && make(old) is { } made) set(made);
        }
    }

    /// <summary>Gives what is on the meta device memory on <paramref name="device"/>, with whatever stands there.</summary>
    public static void Allocate(nn.Module network, Device device) =>
        Replace(network, t => t.device_type == DeviceType.META ? empty(t.shape, t.dtype, device) : null);

    /// <summary>Where a network is to live: <paramref name="device"/>, or the CPU.</summary>
    public static Device Or(this Device? device) => device ?? CPU;
}
