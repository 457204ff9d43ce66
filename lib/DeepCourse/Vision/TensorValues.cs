using static TorchSharp.torch;

namespace DeepCourse.Vision;

/// <summary>A tensor's values for ordinary code.</summary>
internal static class TensorValues
{
    /// <summary>The values in row-major order, wherever and of whatever type the tensor is. Nothing is left behind.</summary>
    public static float[] ToFloats(this Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }
}
