using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// Messages to and from the frames of the wire: identities, a delimiter, a signature, four JSON parts, raw buffers. A message
/// whose signature is wrong, that was seen before or that is malformed is dropped: <see cref="TryDecode"/> says why, and nothing
/// is thrown.
/// </summary>
internal sealed class MessageCodec(string key)
{
    private const int RememberedSignatures = 1 << 16;
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 128, AllowDuplicateProperties = false };

    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    /// <summary>What messages are signed with.</summary>
    public string Key => key;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public IReadOnlyList<byte[]> Encode(Message message)
    {
        byte[][] parts = [Bytes(message.Header), Bytes(message.Parent), Bytes(message.Metadata), Bytes(message.Content)];
        return [.. message.Identities, Delimiter, Encoding.ASCII.GetBytes(Sign(parts)), .. parts, .. message.Buffers];
    }

    public Message? TryDecode(IReadOnlyList<byte[]> frames, out string? problem)
    {
        var start = 0;
        while (start < frames.Count && !frames[start].AsSpan().SequenceEqual(Delimiter)) start++;
        if (frames.Count - start < 6) return Drop($"{frames.Count} frames are no message", out problem);
        var signature = Encoding.ASCII.GetString(frames[start + 1]);
        byte[][] parts = [.. frames.Skip(start + 2).Take(4)];
        if (_key.Length > 0)
        {
            if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(parts)),
                Encoding.ASCII.GetBytes(signature)))
                return Drop("its signature is wrong", out problem);
            if (!_seen.Add(signature)) return Drop("it was received before", out problem);
            _order.Enqueue(signature);
            if (_order.Count > RememberedSignatures) _seen.Remove(_order.Dequeue());
        }
        try
        {
            var objects = Array.ConvertAll(parts, p => JsonNode.Parse(p, documentOptions: Strict) as JsonObject);
            if (objects.Any(o => o is null)) return Drop("a part of it is not a JSON object", out problem);
            var message = new Message(
                [.. frames.Take(start)], objects[0]!, objects[1]!, objects[2]!, objects[3]!,
                [.. frames.Skip(start + 6)]);
            // Reading them once here means that nobody later meets a number where a name should be.
            if (message.Type.Length == 0 || message.Id.Length == 0 || message.ParentId is null)
                return Drop("it has no id or type", out problem);
            problem = null;
            return message;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException or FormatException)
        {
            return Drop("it is not valid JSON", out problem);
        }
    }

    private static Message? Drop(string reason, out string? problem)
    {
        problem = reason;
        return null;
    }

    private string Sign(byte[][] parts)
    {
        if (_key.Length == 0) return "";
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        foreach (var part in parts) hash.AppendData(part);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Bytes(JsonObject json)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Compact)) json.WriteTo(writer);
        return stream.ToArray();
    }
}
