using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>A run of elements in a file; tensors are views of it, and several may share one.</summary>
/// <param name="dtype">The type of an element.</param>
/// <param name="bytes">How long it is.</param>
internal sealed class Storage(ScalarType dtype, long bytes)
{
    public ScalarType DType { get; } = dtype;

    public long Bytes { get; } = bytes;

    /// <summary>Where in the file it lies: in PyTorch's old format that is known after the tensors are.</summary>
    public long Offset { get; set; }
}
