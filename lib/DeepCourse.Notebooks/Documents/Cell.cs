using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Documents;

/// <summary>One cell, as a view of its JSON: what this type does not know survives.</summary>
public sealed class Cell
{
    internal Cell(JsonObject json) => Json = json;

    /// <summary>A new cell, "code" or "markdown", with the given text and id.</summary>
    public static Cell Create(string type, string id, string source)
    {
        var json = new JsonObject
        {
            ["cell_type"] = type,
            ["id"] = id,
            ["metadata"] = new JsonObject(),
            ["source"] = MultilineText.Split(source)
        };
        if (type == "code")
        {
            json["execution_count"] = null;
            json["outputs"] = new JsonArray();
        }
        return new Cell(json);
    }

    /// <summary>The cell as it is stored.</summary>
    public JsonObject Json { get; }

    /// <summary>The cell's id, unique in its notebook (nbformat 4.5).</summary>
    public string Id
    {
        get => Json["id"]!.GetValue<string>();
        internal set => Json["id"] = value;
    }

    /// <summary>"code", "markdown" or "raw".</summary>
    public string Type => Json["cell_type"]!.GetValue<string>();

    /// <summary>Whether the cell holds code to run.</summary>
    public bool IsCode => Type == "code";

    /// <summary>The cell's text, with '\n' between lines.</summary>
    public string Source
    {
        get => MultilineText.Join(Json["source"]) ?? "";
        set => Json["source"] = MultilineText.Split(value);
    }

    /// <summary>The cell's metadata; created when it is missing.</summary>
    public JsonObject Metadata
    {
        get
        {
            if (Json["metadata"] is JsonObject metadata) return metadata;
            Json["metadata"] = metadata = [];
            return metadata;
        }
    }

    /// <summary>The tags, such as "volatile" (an output that differs by nature) or "raises-exception" (a cell that may
    /// fail).</summary>
    public IReadOnlyList<string> Tags =>
        Metadata["tags"] is JsonArray tags ? [.. tags.Select(t => MultilineText.Join(t)).OfType<string>()] : [];

    /// <summary>The stored outputs of a code cell; created when they are missing.</summary>
    public JsonArray Outputs
    {
        get
        {
            if (Json["outputs"] is JsonArray outputs) return outputs;
            Json["outputs"] = outputs = [];
            return outputs;
        }
        set => Json["outputs"] = value;
    }

    /// <summary>The number beside a cell that ran; null for one that did not.</summary>
    public int? ExecutionCount
    {
        get => (int?)Json["execution_count"];
        set => Json["execution_count"] = value;
    }
}
