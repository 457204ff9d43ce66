using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>What tells values from others of the same shape.</summary>
internal static class Checksum
{
    /// <summary>A checksum (XXH3) of all values.</summary>
    public static string Of(IReadOnlyList<Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        var hash = new System.IO.Hashing.XxHash3();
        foreach (var values in tensors) hash.Append(values.cpu().contiguous().bytes);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }
}
