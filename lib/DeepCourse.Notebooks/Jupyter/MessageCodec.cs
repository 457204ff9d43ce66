using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetMQ;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// Messages to and from the frames of the wire: identities, a delimiter, a signature, four JSON parts, raw buffers. A message whose signature is wrong,
/// that was seen before or that is malformed is dropped: <see cref="TryDecode"/> says why, and nothing is thrown.
/// </summary>
internal sealed class MessageCodec(string key)
{
    private const int RememberedSignatures = 1 << 16;
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 128, AllowDuplicateProperties = false };

    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public NetMQMessage Encode(Message message)
    {
        byte[][] parts = [Bytes(message.Header), Bytes(message.Parent), Bytes(message.Metadata), Bytes(message.Content)];
        var frames = new NetMQMessage(message.Identities.Count + 6 + message.Buffers.Count);
        foreach (var identity in message.Identities) frames.Append(identity);
        frames.Append(Delimiter);
        frames.Append(Encoding.ASCII.GetBytes(Sign(parts)));
        foreach (var part in parts) frames.Append(part);
        foreach (var buffer in message.Buffers) frames.Append(buffer);
        return frames;
    }

    public Message? TryDecode(NetMQMessage frames, out string? problem)
    {
        var start = 0;
        while (start < frames.FrameCount && !frames[start].ToByteArray().AsSpan().SequenceEqual(Delimiter)) start++;
        if (frames.FrameCount - start < 6) return Drop($"{frames.FrameCount} frames are no message", out problem);
        var signature = Encoding.ASCII.GetString(frames[start + 1].ToByteArray());
        byte[][] parts = [.. Enumerable.Range(start + 2, 4).Select(i => frames[i].ToByteArray())];
        if (_key.Length > 0)
        {
            if (!CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(parts)), Encoding.ASCII.GetBytes(signature)))
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
                [.. Enumerable.Range(0, start).Select(i => frames[i].ToByteArray())], objects[0]!, objects[1]!, objects[2]!, objects[3]!,
                [.. Enumerable.Range(start + 6, frames.FrameCount - start - 6).Select(i => frames[i].ToByteArray())]);
            // Reading them once here means that nobody later meets a number where a name should be.
            if (message.Type.Length == 0 || message.Id.Length == 0) return Drop("it has no id or type", out problem);
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
