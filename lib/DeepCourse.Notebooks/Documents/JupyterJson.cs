using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Documents;

/// <summary>
/// JSON as Jupyter writes notebook files (Python's <c>json.dumps(…, sort_keys=True, indent=1, ensure_ascii=False)</c> and a final
/// line end), byte for byte, so that a file saved here and one saved in Jupyter differ only where the notebook differs.
/// System.Text.Json can't write it: its encoders escape emoji and some separators.
/// </summary>
internal static class JupyterJson
{
    public static string Write(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(text, node, 0);
        return text.Append('\n').ToString();
    }

    private static void Write(StringBuilder text, JsonNode? node, int depth)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject { Count: 0 }:
                text.Append("{}");
                break;
            case JsonObject obj:
                WriteItems(text, '{', '}', depth, obj.OrderBy(p => p.Key, CodePointOrder), (property, inner) =>
                {
                    WriteString(text, property.Key);
                    text.Append(": ");
                    Write(text, property.Value, inner);
                });
                break;
            case JsonArray { Count: 0 }:
                text.Append("[]");
                break;
            case JsonArray array:
                WriteItems(text, '[', ']', depth, array, (item, inner) => Write(text, item, inner));
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                WriteString(text, value.GetValue<string>());
                break;
            default:
                text.Append(node.ToJsonString()); // numbers as they were read, true, false
                break;
        }
    }

    private static void WriteItems<T>(
        StringBuilder text,
        char open,
        char close,
        int depth,
        IEnumerable<T> items,
        Action<T, int> write)
    {
        text.Append(open);
        var separator = "\n";
        foreach (var item in items)
        {
            text.Append(separator).Append(' ', depth + 1);
            write(item, depth + 1);
            separator = ",\n";
        }
        text.Append('\n').Append(' ', depth).Append(close);
    }

    private static void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append($"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        text.Append('"');
    }

    /// <summary>Python sorts strings by code point; UTF-16 order puts U+10000 and up before U+E000.</summary>
    private static readonly Comparer<string> CodePointOrder = Comparer<string>.Create((a, b) =>
    {
        var (left, right) = (a.EnumerateRunes(), b.EnumerateRunes());
        while (true)
        {
            var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
            if (!hasLeft || !hasRight) return hasLeft.CompareTo(hasRight);
            var order = left.Current.CompareTo(right.Current);
            if (order != 0) return order;
        }
    });
}
