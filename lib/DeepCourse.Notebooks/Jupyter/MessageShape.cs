using System.Text.Json;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// What the parts of a kernel's messages must be for a client to rely on. A kernel runs code of others, which may send what it
/// likes: whoever reads its messages meets a number where a text belongs, and goes on.
/// </summary>
internal static class MessageShape
{
    private enum Kind
    {
        Text, Number, Flag, Texts, Object, DisplayId,
    }

    private static readonly Dictionary<string, (string Name, Kind Kind)[]> Required = new()
    {
        ["status"] = [("execution_state", Kind.Text)],
        ["stream"] = [("name", Kind.Text), ("text", Kind.Text)],
        ["display_data"] = [("data", Kind.Object)],
        ["update_display_data"] = [("data", Kind.Object)],
        ["execute_result"] = [("data", Kind.Object)],
        ["error"] = [("ename", Kind.Text), ("evalue", Kind.Text), ("traceback", Kind.Texts)],
        ["execute_reply"] = [("status", Kind.Text)],
    };

    private static readonly Dictionary<string, (string Name, Kind Kind)[]> Optional = new()
    {
        ["display_data"] = [("metadata", Kind.Object), ("transient", Kind.DisplayId)],
        ["update_display_data"] = [("metadata", Kind.Object), ("transient", Kind.DisplayId)],
        ["execute_result"] = [("metadata", Kind.Object), ("transient", Kind.DisplayId), ("execution_count", Kind.Number)],
        ["execute_reply"] = [("execution_count", Kind.Number), ("ename", Kind.Text), ("evalue", Kind.Text),
            ("traceback", Kind.Texts)],
        ["clear_output"] = [("wait", Kind.Flag)],
        ["input_request"] = [("prompt", Kind.Text), ("password", Kind.Flag)],
    };

    /// <summary>What is wrong with a message, in words; null for one that can be relied on.</summary>
    public static string? Problem(Message message)
    {
        foreach (var (name, kind) in Required.GetValueOrDefault(message.Type, []))
            if (message.Content[name] is not { } value || !Is(value, kind))
                return Words(message.Type, name, message.Content[name]);
        foreach (var (name, kind) in Optional.GetValueOrDefault(message.Type, []))
            if (message.Content[name] is { } value && !Is(value, kind)) return Words(message.Type, name, value);
        return null;
    }

    private static bool Is(JsonNode value, Kind kind) => kind switch
    {
        Kind.Text => value.GetValueKind() == JsonValueKind.String,
        Kind.Number => value is JsonValue number && number.TryGetValue<int>(out _),
        Kind.Flag => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        Kind.Texts => value is JsonArray texts && texts.All(t => t?.GetValueKind() == JsonValueKind.String),
        Kind.DisplayId =>
            value is JsonObject transient && (transient["display_id"] is not { } id || id.GetValueKind() == JsonValueKind.String),
        _ => value is JsonObject,
    };

    private static string Words(string type, string name, JsonNode? value) =>
        $"a message '{type}' whose '{name}' is {(value is null ? "missing" : $"of the kind {value.GetValueKind()}")}";
}
