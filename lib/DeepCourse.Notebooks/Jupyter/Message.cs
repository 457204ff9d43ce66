using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>A message of the Jupyter protocol, version 5.4.</summary>
/// <param name="Identities">Who it is from or for: a router socket's addresses; on iopub, the topic.</param>
/// <param name="Header">Its id, type, session, user and date.</param>
/// <param name="Parent">The header of the request that it belongs to; empty when there is none.</param>
/// <param name="Metadata">What does not belong to the content.</param>
/// <param name="Content">What it says.</param>
/// <param name="Buffers">Raw bytes, for widgets.</param>
internal sealed record Message(
    IReadOnlyList<byte[]> Identities,
    JsonObject Header,
    JsonObject Parent,
    JsonObject Metadata,
    JsonObject Content,
    IReadOnlyList<byte[]> Buffers)
{
    public const string ProtocolVersion = "5.4";

    public string Type => (string?)Header["msg_type"] ?? "";

    public string Id => (string?)Header["msg_id"] ?? "";

    public string ParentId => (string?)Parent["msg_id"] ?? "";

    public string Session => Header["session"]?.ToString() ?? "";

    public string Date => Header["date"]?.ToString() ?? "";

    /// <summary>A new message.</summary>
    public static Message Create(
        string type,
        string session,
        JsonObject content,
        JsonObject? parent = null,
        IReadOnlyList<byte[]>? identities = null,
        JsonObject? metadata = null) =>
        new(identities ?? [], NewHeader(type, session), (JsonObject?)parent?.DeepClone() ?? [], metadata ?? [], content, []);

    private static JsonObject NewHeader(string type, string session) => new()
    {
        ["msg_id"] = Guid.NewGuid().ToString(),
        ["msg_type"] = type,
        ["session"] = session,
        ["username"] = "kernel",
        ["date"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture),
        ["version"] = ProtocolVersion,
    };
}
