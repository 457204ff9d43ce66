using System.Text.Json;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Execution;

/// <summary>
/// Turns a kernel's iopub messages into the outputs that a notebook file holds, as front-ends do: neighbouring text of one stream
/// is joined, displays are updated in place (also those of earlier cells), and a clear may wait for the next output.
/// </summary>
internal sealed class OutputCollector
{
    private readonly Dictionary<string, List<JsonObject>> _displays = [];
    private JsonArray _outputs = [];
    private bool _clearAtNext;

    /// <summary>Begins a cell; what comes from now on is its output.</summary>
    public JsonArray Begin()
    {
        _clearAtNext = false;
        return _outputs = [];
    }

    /// <summary>Adds one message.</summary>
    public void Add(string type, JsonObject content)
    {
        switch (type)
        {
            case "stream":
                AddText((string?)content["name"] ?? "stdout", (string?)content["text"] ?? "");
                break;
            case "display_data" or "execute_result":
                var output = new JsonObject
                {
                    ["output_type"] = type,
                    ["data"] = Clone(content["data"]),
                    ["metadata"] = Clone(content["metadata"])
                };
                if (type == "execute_result") output["execution_count"] = content["execution_count"]?.DeepClone();
                Append(output);
                if (DisplayId(content) is { } id)
                {
                    if (!_displays.TryGetValue(id, out var shown)) _displays[id] = shown = [];
                    shown.Add(output);
                }
                break;
            case "update_display_data":
                foreach (var shown in DisplayId(content) is { } updated && _displays.TryGetValue(updated, out var list)
                    ? list
                    : [])
                {
                    shown["data"] = Clone(content["data"]);
                    shown["metadata"] = Clone(content["metadata"]);
                }
                break;
            case "error":
                Append(new JsonObject
                {
                    ["output_type"] = "error",
                    ["ename"] = content["ename"]?.DeepClone(),
                    ["evalue"] = content["evalue"]?.DeepClone(),
                    ["traceback"] = content["traceback"]?.DeepClone(),
                });
                break;
            case "clear_output" when content["wait"]?.GetValueKind() == JsonValueKind.True:
                _clearAtNext = true;
                break;
            case "clear_output":
                _outputs.Clear();
                break;
        }
    }

    private void AddText(string name, string text)
    {
        ClearIfAsked();
        if (_outputs is [.., JsonObject last] && (string?)last["output_type"] == "stream" && (string?)last["name"] == name)
            last["text"] = (string?)last["text"] + text;
        else Append(new JsonObject { ["output_type"] = "stream", ["name"] = name, ["text"] = text });
    }

    private void Append(JsonObject output)
    {
        ClearIfAsked();
        _outputs.Add(output);
    }

    private void ClearIfAsked()
    {
        if (_clearAtNext) _outputs.Clear();
        _clearAtNext = false;
    }

    private static JsonNode Clone(JsonNode? node) => node?.DeepClone() ?? new JsonObject();

    private static string? DisplayId(JsonObject content) => (string?)content["transient"]?["display_id"];
}
