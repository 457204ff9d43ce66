using System.Buffers.Binary;
using System.Text.Json;
using DeepCourse.Native;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>
/// The safetensors format (Hugging Face): eight bytes with the length of a header, the header in JSON, and the tensors' bytes,
/// without gaps. Made to be read without executing anything.
/// </summary>
public static class Safetensors
{
    private const int MostHeader = 100_000_000; // the format's own limit

    /// <summary>Whether a file begins like one.</summary>
    internal static bool Is(MappedFile file) =>
        file.Length > 9 && file.Slice(8, 1)[0] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(0, 8)) <= MostHeader;

    /// <exception cref="WeightsException">It is broken.</exception>
    internal static IReadOnlyDictionary<string, StoredTensor> Read(MappedFile file)
    {
        var headerLength = BinaryPrimitives.ReadInt64LittleEndian(file.Slice(0, 8));
        var start = 8 + headerLength;
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        var ranges = new List<(long From, long To, string Name)>();
        try
        {
            using var header = JsonDocument.Parse(file.Slice(8, headerLength).ToArray(),
                new JsonDocumentOptions { MaxDepth = 8 });
            foreach (var entry in header.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__") continue;
                var type = entry.Value.GetProperty("dtype").GetString()!;
                if (DTypes.OfSafetensors(type) is not { } dtype)
                    throw file.Broken($"'{entry.Name}' is of type {type}, and {DTypes.SafetensorsNames} can be read");
                long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64())];
                long[] range = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(o => o.GetInt64())];
                if (range is not [>= 0 and var from, var to] || to < from || to > file.Length - start)
                    throw file.Broken(
                        $"'{entry.Name}' lies at [{string.Join(", ", range)}], outside the file; it is truncated, perhaps");
                var tensor = new StoredTensor(file, new Storage(dtype, to - from) { Offset = start + from }, 0, shape);
                if (tensor.Count * dtype.Size() != to - from)
                    throw file.Broken($"'{entry.Name}' is {tensor.Describe()}, which is not {to - from:N0} bytes");
                if (!tensors.TryAdd(entry.Name, tensor)) throw file.Broken($"'{entry.Name}' is there twice");
                ranges.Add((from, to, entry.Name));
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
        return tensors;
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
            var dtype = DTypes.ToSafetensors(tensor.dtype);
            var end = offset + tensor.numel() * tensor.dtype.Size();
            header[name] = new { dtype, tensor.shape, data_offsets = new[] { offset, end } };
            offset = end;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        UserFolders.WriteAtomically(path, file =>
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
