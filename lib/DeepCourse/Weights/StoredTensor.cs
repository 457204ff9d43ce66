using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>A tensor that lies in a file: what it is, and where. Its values are read when somebody asks for them.</summary>
public sealed class StoredTensor
{
    /// <summary>libtorch's own limit.</summary>
    internal const int MostDimensions = 64;

    private readonly StoredFile _file;
    private readonly Storage _storage;
    private readonly long _start;

    /// <param name="file">Where it lies.</param>
    /// <param name="storage">Its elements, and perhaps those of others.</param>
    /// <param name="start">Where in the storage it begins, in elements.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="strides">In elements; null for row-major order.</param>
    /// <exception cref="WeightsException">It reaches out of its storage.</exception>
    internal StoredTensor(StoredFile file, Storage storage, long start, long[] shape, long[]? strides = null)
    {
        (_file, _storage, _start) = (file, storage, start);
        DType = storage.DType ?? throw new ArgumentException($"{storage.Kind} can't be read.", nameof(storage));
        if (shape.Length > MostDimensions) throw file.Broken($"a tensor of {shape.Length:N0} dimensions");
        Shape = shape;
        Strides = strides ?? RowMajor(shape);
        if (Strides.Count != shape.Length || shape.Any(s => s < 0) || Strides.Any(s => s < 0)) throw Outside();
        try
        {
            // Of the last element, and one more.
            Extent = shape.Contains(0)
                ? 0
                : checked(shape.Zip(Strides, (size, stride) => checked((size - 1) * stride))
                    .Aggregate(0L, (a, b) => checked(a + b)) + 1);
            Count = shape.Contains(0) ? 0 : shape.Aggregate(1L, (a, b) => checked(a * b));
            _ = shape.Aggregate(1L, (a, b) => checked(a * Math.Max(1, b))); // an empty tensor's other sizes may be absurd, too
            if (start < 0 || checked((start + Extent) * DType.Size()) > storage.Bytes) throw Outside();
        }
        catch (OverflowException)
        {
            throw Outside();
        }
    }

    /// <summary>The type of an element.</summary>
    public ScalarType DType { get; }

    /// <summary>Its shape.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Steps between neighbours, in elements.</summary>
    public IReadOnlyList<long> Strides { get; }

    /// <summary>How many elements it has.</summary>
    public long Count { get; }

    private long Extent { get; }

    /// <summary>Shape and type, such as "64×3×7×7 Float32".</summary>
    public string Describe() => $"{(Shape.Count == 0 ? "scalar" : string.Join('×', Shape))} {DType}";

    /// <summary>Its values as a new tensor on the CPU; the caller disposes it.</summary>
    /// <exception cref="WeightsException">The file ends before its values do, their checksum is wrong, or it repeats few values
    /// many times.</exception>
    public Tensor Read()
    {
        if (Count == 0) return empty([.. Shape], DType);
        // Strides of 0 repeat elements: a file of 4 bytes could ask for any amount of memory.
        if (Count > Extent)
            throw new WeightsException(
                $"{_file.Path}: a tensor {Describe()} repeats {Extent:N0} stored values. PyTorch can write such a tensor "
                    + "(expand), a network's weights are none: save a copy of it (contiguous).");
        using var scope = NewDisposeScope();
        return AsShaped(ReadStored()).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Copies its values into <paramref name="target"/>, which has the same shape and may have another type or live on another
    /// device. Where nothing has to be converted, straight from the file, without a copy between.
    /// </summary>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public void CopyTo(Tensor target)
    {
        if (!target.shape.SequenceEqual(Shape))
            throw new ArgumentException($"A tensor {Describe()} does not fit into one of {string.Join('×', target.shape)}.",
                nameof(target));
        if (Count == 0) return;
        if (target.device_type == DeviceType.CPU && target.dtype == DType && target.is_contiguous() && IsRowMajor)
        {
            Copy(target);
            return;
        }
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        target.copy_(AsShaped(ReadStored()));
    }

    private bool IsRowMajor => Strides.SequenceEqual(RowMajor([.. Shape]));

    private Tensor ReadStored()
    {
        var stored = empty([Extent], DType);
        Copy(stored);
        return stored;
    }

    private Tensor AsShaped(Tensor stored) =>
        IsRowMajor ? stored.reshape([.. Shape]) : stored.as_strided([.. Shape], [.. Strides]);

    private unsafe void Copy(Tensor target)
    {
        fixed (byte* first = target.bytes)
            _storage.CopyTo(_file, _start * DType.Size(), Extent * DType.Size(), (nint)first);
    }

    private static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        var step = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step = unchecked(step * Math.Max(1, shape[i]));
        }
        return strides;
    }

    private WeightsException Outside() =>
        _file.Broken(
            $"a tensor {Describe()} that begins at element {_start:N0} does not fit into the {_storage.Bytes:N0} bytes that are "
                + "stored for it");
}
