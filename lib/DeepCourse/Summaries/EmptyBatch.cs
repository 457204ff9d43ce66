using System.Reflection;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// No examples in place of a layer's input, so that it checks shapes and computes nothing; and, of what then comes out, as much
/// as the whole input would have given.
/// </summary>
internal sealed class EmptyBatch
{
    private readonly int _dimension;
    private readonly long _count;
    private readonly bool _isAdded;
    private readonly Trace.Work _work;

    private EmptyBatch(Tensor input, int dimension, bool isAdded, Trace.Work work, Device device)
    {
        var whole = isAdded ? input.unsqueeze(0) : input;
        (_dimension, _count, _isAdded, _work) = (dimension, whole.shape[dimension], isAdded, work);
        Input = Without(whole, dimension, device);
    }

    /// <summary>What the layer gets.</summary>
    public Tensor Input { get; }

    /// <summary>Whether a layer with one input is known to work on each example alone.</summary>
    public static bool IsFor(nn.Module layer) => layer is Convolution or BatchNorm || IsPointwise(layer) || IsPooling(layer);

    /// <summary>An empty batch of an input; null where the layer should get the input itself.</summary>
    public static EmptyBatch? Of(nn.Module layer, Tensor input, Trace.Work work)
    {
        // Batch norm that learns wants examples; an input without any is an empty batch already.
        if (layer.training || input.IsInvalid || input.ndim == 0 || input.numel() == 0) return null;
        var device = layer.parameters().FirstOrDefault()?.device is { type: not DeviceType.META } d ? d : CPU;
        return layer switch
        {
            LSTM or GRU or RNN => input.ndim == 3 && BatchFirst(layer) is { } first
                ? new(input, first ? 0 : 1, isAdded: false, work, device)
                : null,
            Convolution c => new(input, 0, input.ndim == c.kernel_size.Length + 1, work, device),
            _ when IsPooling(layer) => new(input, 0, input.ndim == layer.GetType().Name[^2] - '0' + 1, work, device),
            _ => new(input, 0, input.ndim == 1, work, device),
        };
    }

    /// <summary>The state of a recurrent layer, layers × examples × values, without examples.</summary>
    public Tensor State(Tensor state) => state.ndim == 3 ? Without(state, 1, Input.device) : state;

    /// <summary>What would have come out.</summary>
    public Tensor Whole(Tensor output) => Whole(output, _dimension);

    /// <summary>The state that would have come out.</summary>
    public Tensor WholeState(Tensor state) => Whole(state, 1);

    private Tensor Whole(Tensor output, int dimension)
    {
        var shape = output.shape;
        shape[dimension] = _count;
        if (_isAdded) shape = shape[1..];
        return _work switch
        {
            Trace.Work.Shapes => empty(shape, output.dtype, META),
            Trace.Work.Zeros => zeros(shape, output.dtype, output.device),
            _ => zeros([1], output.dtype, output.device).expand(shape),
        };
    }

    /// <summary>Without examples nothing is shared with the tensor, so that one without memory may stand beside weights.
    /// </summary>
    private static Tensor Without(Tensor tensor, int dimension, Device device)
    {
        if (tensor.device_type != DeviceType.META) return tensor.narrow(dimension, 0, 0);
        var shape = tensor.shape;
        shape[dimension] = 0;
        return empty(shape, tensor.dtype, device);
    }

    private static bool IsPointwise(nn.Module layer) =>
        layer is Linear or ReLU or ReLU6 or LeakyReLU or ELU or GELU or SELU or SiLU or Sigmoid or Tanh or Hardswish
            or Hardsigmoid or Hardtanh or Mish or Softplus;

    private static bool IsPooling(nn.Module layer) =>
        layer is MaxPool1d or MaxPool2d or MaxPool3d or AvgPool1d or AvgPool2d or AvgPool3d or AdaptiveAvgPool1d
            or AdaptiveAvgPool2d or AdaptiveAvgPool3d;

    /// <summary>TorchSharp keeps it to itself; without it, the layer computes.</summary>
    private static bool? BatchFirst(nn.Module layer) =>
        layer.GetType().GetField("_batch_first", BindingFlags.Instance | BindingFlags.NonPublic)?.GetValue(layer) as bool?;
}
