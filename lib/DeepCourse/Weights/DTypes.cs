using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>The element types of stored tensors: their names in files, and their sizes.</summary>
internal static class DTypes
{
    /// <summary>How PyTorch names a storage's class, and safetensors a type; those without a type of TorchSharp's can be passed
    /// over, not read.</summary>
    private static readonly (ScalarType? Type, string? Storage, string? Safetensors, int Size)[] All =
    [
        (ScalarType.Float32, "FloatStorage", "F32", 4), (ScalarType.Float64, "DoubleStorage", "F64", 8),
        (ScalarType.Float16, "HalfStorage", "F16", 2), (ScalarType.BFloat16, "BFloat16Storage", "BF16", 2),
        (ScalarType.Int64, "LongStorage", "I64", 8), (ScalarType.Int32, "IntStorage", "I32", 4),
        (ScalarType.Int16, "ShortStorage", "I16", 2),
        (ScalarType.Int8, "CharStorage", "I8", 1), (ScalarType.Byte, "ByteStorage", "U8", 1),
        (ScalarType.Bool, "BoolStorage", "BOOL", 1),
        (ScalarType.ComplexFloat32, "ComplexFloatStorage", null, 8),
        (ScalarType.ComplexFloat64, "ComplexDoubleStorage", null, 16),
        (null, "ComplexHalfStorage", null, 4), (null, "QInt8Storage", null, 1), (null, "QUInt8Storage", null, 1),
        (null, "QInt32Storage", null, 4), (null, "QUInt4x2Storage", null, 1), (null, "QUInt2x4Storage", null, 1),
        (null, "UntypedStorage", null, 1), (null, null, "U16", 2), (null, null, "U32", 4), (null, null, "U64", 8),
        (null, null, "F8_E4M3", 1), (null, null, "F8_E5M2", 1), (ScalarType.ComplexFloat32, null, "C64", 8),
    ];

    /// <summary>Bytes of an element.</summary>
    public static int Size(this ScalarType type) => All.First(t => t.Type == type).Size;

    /// <summary>The type of a storage's class such as "FloatStorage", and the bytes of an element; null for a class that nobody
    /// knows.</summary>
    public static (ScalarType? Type, int Size)? OfStorage(string name) =>
        All.Where(t => t.Storage == name).Select(t => ((ScalarType?, int)?)(t.Type, t.Size)).FirstOrDefault();

    /// <summary>The same for safetensors' names, such as "F32".</summary>
    public static (ScalarType? Type, int Size)? OfSafetensors(string name) =>
        All.Where(t => t.Safetensors == name).Select(t => ((ScalarType?, int)?)(t.Type, t.Size)).FirstOrDefault();

    /// <exception cref="WeightsException">The format has no such type.</exception>
    public static string ToSafetensors(ScalarType type) =>
        All.Where(t => t.Type == type).Select(t => t.Safetensors).FirstOrDefault()
        ?? throw new WeightsException($"A tensor of {type} can't be stored. Convert it first, with x.to(float32).");
}
