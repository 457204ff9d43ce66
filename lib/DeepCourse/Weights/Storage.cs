using System.IO.Hashing;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>A run of elements in a file; tensors are views of it, and several may share one.</summary>
/// <param name="dtype">The type of an element; null for one that can't be read here.</param>
/// <param name="kind">What the file calls the type.</param>
/// <param name="bytes">How long it is.</param>
internal sealed class Storage(ScalarType? dtype, string kind, long bytes)
{
    private bool _isVerified;

    public ScalarType? DType { get; } = dtype;

    public string Kind { get; } = kind;

    public long Bytes { get; } = bytes;

    /// <summary>How many elements were saved.</summary>
    public long Count { get; init; }

    /// <summary>Where in the file it lies: in PyTorch's old format that is known after the tensors are.</summary>
    public long Offset { get; set; }

    /// <summary>Its name and checksum, where the format has one.</summary>
    public (string Name, uint Value)? Checksum { get; init; }

    /// <summary>
    /// Copies a part of it into memory. Its checksum is compared the first time, on the way when the part is all of it: a file is
    /// read once, and what nobody wants of it is not read.
    /// </summary>
    /// <exception cref="WeightsException">The checksum is wrong, or the file ends before.</exception>
    public void CopyTo(StoredFile file, long start, long length, nint target)
    {
        if (_isVerified || Checksum is not var (name, expected))
        {
            file.CopyTo(Offset + start, length, target);
            return;
        }
        var crc = new Crc32();
        if (start == 0 && length == Bytes) file.CopyTo(Offset, length, target, Append);
        else file.Scan(Offset, Bytes, Append);
        if (crc.GetCurrentHashAsUInt32() != expected) throw file.Broken($"the checksum of '{name}' is wrong");
        _isVerified = true;
        if (start != 0 || length != Bytes) file.CopyTo(Offset + start, length, target);

        unsafe void Append(nint bytes, int count) => crc.Append(new ReadOnlySpan<byte>((void*)bytes, count));
    }
}
