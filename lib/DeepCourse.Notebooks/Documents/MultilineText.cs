using System.Text.Json;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Documents;

/// <summary>Text in a notebook file: one string, or a list of lines that keep their line ends (which is how Jupyter stores it,
/// for diffs).</summary>
internal static class MultilineText
{
    /// <summary>The text of a string or of a list of strings; null when it is neither.</summary>
    public static string? Join(JsonNode? node) => node switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        JsonArray lines when lines.All(l => l?.GetValueKind() == JsonValueKind.String) =>
            string.Concat(lines.Select(l => l!.GetValue<string>())),
        _ => null,
    };

    /// <summary>The lines of <paramref name="text"/> with their ends, split where Python's <c>str.splitlines</c>
    /// splits.</summary>
    public static JsonArray Split(string text)
    {
        var lines = new JsonArray();
        for (var start = 0; start < text.Length;)
        {
            var end = start;
            while (end < text.Length && !IsLineEnd(text[end])) end++;
            if (end < text.Length) end += text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? 2 : 1;
            lines.Add(text[start..end]);
            start = end;
        }
        return lines;
    }

    /// <summary>A mime bundle's value as a notebook file stores it: text in lines, other strings (an image in base64) whole, JSON
    /// as it is.</summary>
    public static JsonNode? ForFile(string mimeType, JsonNode? value) =>
        value is JsonValue && value.GetValueKind() == JsonValueKind.String
        && (mimeType.StartsWith("text/", StringComparison.Ordinal) || mimeType is "application/javascript" or "image/svg+xml")
            ? Split(value.GetValue<string>())
            : value?.DeepClone();

    private static bool IsLineEnd(char c) =>
        c is '\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029';
}
