using System.Buffers.Binary;
using System.Text.Json;
using DeepCourse.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>
/// The safetensors format (Hugging Face): eight bytes with the length of a header, the header in JSON, and the tensors' bytes,
/// without gaps. Made to be read without executing anything.
/// </summary>
public static class Safetensors
{
    private const int MostHeader = 100_000_000; // the format's own limit

    /// <summary>What is read of a header: a hundred times the largest network's, and no danger to the memory.</summary>
    private const int MostRead = 32 << 20, MostTensors = 200_000, MostName = 4096;

    /// <summary>Whether a file begins like one.</summary>
    internal static bool Is(StoredFile file) =>
        file.Length > 9 && file.Read(8, 1)[0] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(file.Read(0, 8)) <= MostHeader;

    /// <exception cref="WeightsException">It is broken.</exception>
    internal static Contents Read(StoredFile file)
    {
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(file.Read(0, 8));
        if (headerLength > MostRead) throw file.Broken($"its header has {headerLength:N0} bytes");
        var start = 8 + headerLength;
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        var unreadable = new Dictionary<string, string>(StringComparer.Ordinal);
        var ranges = new List<(long From, long To, string Name)>();
        try
        {
            using var header = JsonDocument.Parse(file.Read(8, headerLength), new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var entry in header.RootElement.EnumerateObject())
            {
                var name = entry.Name;
                if (name == "__metadata__") continue;
                if (name.Length > MostName) throw file.Broken($"a name of {name.Length:N0} characters");
                if (ranges.Count == MostTensors) throw file.Broken($"it claims more than {MostTensors:N0} tensors");
                var type = entry.Value.GetProperty("dtype").GetString() ?? throw new FormatException("a type that is null");
                var shape = Numbers(entry.Value.GetProperty("shape"), StoredTensor.MostDimensions);
                if (Numbers(entry.Value.GetProperty("data_offsets"), 2) is not [>= 0 and var from, var to] || to < from
                    || to > file.Length - start)
                    throw file.Broken($"'{name}' lies outside the file; it is truncated, perhaps");
                if (DTypes.OfSafetensors(type)?.Type is { } dtype)
                {
                    var storage = new Storage(dtype, type, to - from) { Offset = start + from };
                    var tensor = new StoredTensor(file, storage, 0, shape);
                    if (tensor.Count * dtype.Size() != to - from)
                        throw file.Broken($"'{name}' is {tensor.Describe()}, which is not {to - from:N0} bytes");
                    if (!tensors.TryAdd(name, tensor)) throw file.Broken($"'{name}' is there twice");
                }
                else if (!unreadable.TryAdd(name, $"a tensor of the type {type[..Math.Min(40, type.Length)]}"))
                {
                    throw file.Broken($"'{name}' is there twice");
                }
                ranges.Add((from, to, name));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw file.Broken($"its header is damaged ({e.Message})");
        }
        var end = 0L;
        foreach (var (from, to, name) in ranges.OrderBy(r => r.From).ThenBy(r => r.To))
        {
            if (from != end)
                throw file.Broken(from < end ? $"'{name}' shares bytes with another tensor" : $"there is a gap before '{name}'");
            end = to;
        }
        if (end != file.Length - start) throw file.Broken("there are bytes behind its last tensor");
        return new Contents(tensors, unreadable);

        long[] Numbers(JsonElement array, int most) =>
            array.GetArrayLength() is var count && count > most
                ? throw file.Broken($"a list of {count:N0} numbers where {most} are the most")
                : [.. array.EnumerateArray().Select(n => n.GetInt64())];
    }

    /// <summary>Writes tensors under names, sorted, all at once or not at all. They stay the caller's.</summary>
    /// <param name="path">The file, by convention *.safetensors.</param>
    /// <param name="tensors">Such as a network's <c>state_dict()</c>.</param>
    /// <param name="metadata">Texts that go with them.</param>
    /// <exception cref="WeightsException">A type that the format has not.</exception>
    public static void Write(
        string path,
        IReadOnlyDictionary<string, Tensor> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        var sorted = tensors.OrderBy(t => t.Key, StringComparer.Ordinal).ToList();
        var header = new SortedDictionary<string, object>(StringComparer.Ordinal);
        if (metadata is not null) header["__metadata__"] = metadata;
        var offset = 0L;
        foreach (var (name, tensor) in sorted)
        {
            if (tensor.device_type == DeviceType.META)
                throw new WeightsException(
                    $"'{name}' is on the meta device and has no values to write. Make the network on the CPU, or load weights "
                        + "first.");
            var dtype = DTypes.ToSafetensors(tensor.dtype);
            var end = offset + tensor.numel() * tensor.dtype.Size();
            header[name] = new { dtype, tensor.shape, data_offsets = new[] { offset, end } };
            offset = end;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        AtomicFile.Write(path, file =>
        {
            var padding = (8 - json.Length % 8) % 8; // tensors begin at a multiple of 8
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length + padding);
            file.Write(length);
            file.Write(json);
            for (var i = 0; i < padding; i++) file.WriteByte((byte)' ');
            foreach (var (_, tensor) in sorted)
            {
                using var scope = NewDisposeScope();
                if (tensor.numel() > 0) file.Write(tensor.detach().cpu().contiguous().bytes);
            }
        });
    }
}
