using System.Globalization;
using Microsoft.DotNet.Interactive.Formatting;
using static TorchSharp.torch;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>Tensors: shape, type and device in a line, then the values, with the middle left out of long ones. Never the tree of
/// their properties.</summary>
internal static class TensorFormatter
{
    public static void Register()
    {
        Formatter.Register<Tensor>((tensor, writer) => writer.Write(Describe(tensor)), "text/plain");
        Formatter.SetPreferredMimeTypesFor(typeof(Tensor), "text/plain");
    }

    private static string Describe(Tensor tensor)
    {
        if (tensor.IsInvalid) return "a tensor that was disposed";
        var header = $"{(tensor.ndim == 0 ? "scalar" : string.Join('×', tensor.shape))} "
            + $"{tensor.dtype.ToString().ToLowerInvariant()} on {tensor.device.ToString().ToLowerInvariant()}"
            + (tensor.requires_grad ? ", requires gradient" : "");
        return tensor.numel() == 0
            ? header
            : $"{header}\n{tensor.ToString(TorchSharp.TensorStringStyle.Numpy, cultureInfo: CultureInfo.InvariantCulture)}";
    }
}
