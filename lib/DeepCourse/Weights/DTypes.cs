using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>The element types of stored tensors: their names in files, and their sizes.</summary>
internal static class DTypes
{
    /// <summary>How PyTorch names a storage's class, and safetensors a type.</summary>
    private static readonly (ScalarType Type, string Storage, string Safetensors, int Size)[] All =
    [
        (ScalarType.Float32, "FloatStorage", "F32", 4), (ScalarType.Float64, "DoubleStorage", "F64", 8),
        (ScalarType.Float16, "HalfStorage", "F16", 2), (ScalarType.BFloat16, "BFloat16Storage", "BF16", 2),
        (ScalarType.Int64, "LongStorage", "I64", 8), (ScalarType.Int32, "IntStorage", "I32", 4),
        (ScalarType.Int16, "ShortStorage", "I16", 2),
        (ScalarType.Int8, "CharStorage", "I8", 1), (ScalarType.Byte, "ByteStorage", "U8", 1),
        (ScalarType.Bool, "BoolStorage", "BOOL", 1),
    ];

    /// <summary>Bytes of an element.</summary>
    public static int Size(this ScalarType type) => All.First(t => t.Type == type).Size;

    public static ScalarType? OfStorage(string name) =>
        All.Where(t => t.Storage == name).Select(t => (ScalarType?)t.Type).FirstOrDefault();

    public static ScalarType? OfSafetensors(string name) =>
        All.Where(t => t.Safetensors == name).Select(t => (ScalarType?)t.Type).FirstOrDefault();

    /// <exception cref="WeightsException">The format has no such type.</exception>
    public static string ToSafetensors(ScalarType type) =>
        All.Where(t => t.Type == type).Select(t => t.Safetensors).FirstOrDefault()
        ?? throw new WeightsException($"A tensor of {type} can't be stored. Convert it first, with x.to(float32).");

    public static string SafetensorsNames => string.Join(", ", All.Select(t => t.Safetensors));
}
