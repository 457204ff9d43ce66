using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeepCourse.Native;

namespace DeepCourse.Notebooks.Documents;

/// <summary>
/// A Jupyter notebook (nbformat 4.5), as a view of its JSON: fields that nobody here knows survive. Files of 4.0 to 4.4 are read
/// and become 4.5, with cell ids made from position and text, so that the same file always gets the same ids.
/// </summary>
public sealed class Notebook
{
    private const int CurrentMinor = 5;

    private Notebook(JsonObject json, List<Cell> cells)
    {
        Json = json;
        Cells = cells;
    }

    /// <summary>The notebook's own fields. The cells are in <see cref="Cells"/>.</summary>
    public JsonObject Json { get; }

    /// <summary>The cells, in order.</summary>
    public IReadOnlyList<Cell> Cells { get; }

    /// <summary>The cells that hold code, in order.</summary>
    public IEnumerable<Cell> CodeCells => Cells.Where(c => c.IsCode);

    /// <summary>The notebook's metadata.</summary>
    public JsonObject Metadata => (JsonObject)Json["metadata"]!;

    /// <summary>The name of the kernel that the notebook asks for, such as "deepcourse-csharp"; null when it names
    /// none.</summary>
    public string? KernelName => Metadata["kernelspec"] is JsonObject spec ? MultilineText.Join(spec["name"]) : null;

    /// <summary>A new notebook for this course's C# kernel.</summary>
    public static Notebook Create(IEnumerable<Cell> cells)
    {
        var language = new JsonObject
        {
            ["name"] = "C#",
            ["file_extension"] = ".cs",
            ["mimetype"] = "text/x-csharp",
            ["pygments_lexer"] = "csharp",
            ["version"] = "14.0"
        };
        var json = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["kernelspec"] = new JsonObject
                {
                    ["name"] = "deepcourse-csharp",
                    ["display_name"] = "C# (DeepCourse)",
                    ["language"] = "C#"
                },
                ["language_info"] = language,
                ["polyglot_notebook"] = new JsonObject
                {
                    ["kernelInfo"] = new JsonObject
                    {
                        ["defaultKernelName"] = "csharp",
                        ["items"] = new JsonArray(
                            new JsonObject { ["name"] = "csharp", ["languageName"] = "C#", ["aliases"] = new JsonArray() }),
                    },
                },
            },
            ["nbformat"] = 4,
            ["nbformat_minor"] = CurrentMinor,
        };
        return new Notebook(json, [.. cells]);
    }

    /// <summary>Reads a notebook file.</summary>
    /// <exception cref="InvalidNotebookException">Not a notebook, truncated, of another format, or in another encoding than
    /// UTF-8.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static Notebook Load(string path) => Parse(File.ReadAllBytes(path), path);

    /// <summary>Reads a notebook from its file's bytes; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="InvalidNotebookException">As <see cref="Load"/>.</exception>
    public static Notebook Parse(byte[] content, string name)
    {
        try
        {
            var notebook = Read(content, name);
            _ = notebook.ToJson();
            return notebook;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidNotebookException(name,
                "a text in it holds half of a two-part character (a lone surrogate such as \\ud800), which is no valid Unicode. "
                    + "Remove it, or save the notebook again in Jupyter.", e);
        }
    }

    private static Notebook Read(byte[] content, string name)
    {
        var json = ParseJson(Decode(content, name), name);
        CheckFormat(json, name);
        if (json["metadata"] is not JsonObject)
        {
            if (json["metadata"] is not null) throw new InvalidNotebookException(name, "its 'metadata' is not an object.");
            json["metadata"] = new JsonObject();
        }

        var cells = new List<Cell>();
        foreach (var (index, node) in ((JsonArray)json["cells"]!).Index()) cells.Add(ReadCell(node, index + 1, name));
        json.Remove("cells");
        if ((int)json["nbformat_minor"]! < CurrentMinor) json["nbformat_minor"] = CurrentMinor;
        GiveIds(cells);
        return new Notebook(json, cells);
    }

    /// <summary>The notebook as its file holds it: keys sorted, indented by one, one line end at the end.</summary>
    public string ToJson()
    {
        var whole = (JsonObject)Json.DeepClone();
        whole["cells"] = new JsonArray([.. Cells.Select(c => ForFile(c.Json))]);
        return JupyterJson.Write(whole);
    }

    /// <summary>
    /// Saves the notebook, whole or not at all: a temporary neighbour is written, flushed to the disk and renamed. A file that
    /// holds the same already is not touched.
    /// </summary>
    /// <returns>Whether the file changed.</returns>
    /// <exception cref="IOException">The file can't be written; what was there is still there.</exception>
    public bool Save(string path)
    {
        var content = Encoding.UTF8.GetBytes(ToJson());
        if (File.Exists(path) && File.ReadAllBytes(path).AsSpan().SequenceEqual(content)) return false;
        AtomicFile.Write(path, content);
        return true;
    }

    private static string Decode(byte[] content, string name)
    {
        if (content.AsSpan().StartsWith<byte>([0xFF, 0xFE]) || content.AsSpan().StartsWith<byte>([0xFE, 0xFF]))
            throw new InvalidNotebookException(name,
                "is encoded in UTF-16; notebooks are UTF-8. Save it again with that encoding.");
        var start = content.AsSpan().StartsWith<byte>([0xEF, 0xBB, 0xBF]) ? 3 : 0;
        if (content.AsSpan(start).Trim(" \t\r\n"u8).IsEmpty)
            throw new InvalidNotebookException(name,
                "is empty. If Jupyter crashed while saving, look for a copy in .ipynb_checkpoints.");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(content, start, content.Length - start);
        }
        catch (DecoderFallbackException e)
        {
            var at = start + Math.Max(0, e.Index);
            var line = 1 + content.AsSpan(0, Math.Min(at, content.Length)).Count((byte)'\n');
            throw new InvalidNotebookException(name,
                $"is not UTF-8: invalid byte 0x{(e.BytesUnknown is [var first, ..] ? first : 0):X2} in line {line} "
                    + $"(byte {at.ToString("N0", CultureInfo.InvariantCulture)}). Save it again with that encoding.", e);
        }
    }

    private static JsonObject ParseJson(string text, string name)
    {
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = 512, AllowDuplicateProperties = false };
            return JsonNode.Parse(text, documentOptions: options) as JsonObject
                ?? throw new InvalidNotebookException(name,
                    "is JSON, but not a notebook: it is no object with 'cells' and 'nbformat'.");
        }
        catch (JsonException e)
        {
            // a property that stands twice
            if (e.LineNumber is null) throw new InvalidNotebookException(name, $"is not a notebook: {e.Message}", e);
            var place = $"line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}";
            var lines = text.AsSpan().Count('\n');
            var truncated = e.LineNumber >= lines - 1 && !text.AsSpan().TrimEnd().EndsWith("}")
                ? " The file ends in the middle: it is truncated. Look for a copy in .ipynb_checkpoints."
                : "";
            var reason = e.Message.Split(" Path:")[0].Split(" LineNumber:")[0];
            throw new InvalidNotebookException(name,
                $"is not a notebook: {place} is not valid JSON ({reason.TrimEnd('.')}).{truncated}", e);
        }
    }

    private static void CheckFormat(JsonObject json, string name)
    {
        var major = Number(json["nbformat"]);
        if (major is null) throw new InvalidNotebookException(name, "is JSON, but not a notebook: it has no 'nbformat'.");
        if (major < 4)
            throw new InvalidNotebookException(name,
                $"is an old notebook (nbformat {major}). Convert it once: jupyter nbconvert --to notebook --nbformat 4 "
                    + $"--inplace {Path.GetFileName(name)}");
        if (major > 4)
            throw new InvalidNotebookException(name,
                $"was made for a newer Jupyter (nbformat {major}); this program reads nbformat 4.");
        if (json["cells"] is not JsonArray)
            throw new InvalidNotebookException(name, "is JSON, but not a notebook: 'cells' is not a list.");
        if (Number(json["nbformat_minor"]) is null) json["nbformat_minor"] = 0;
    }

    private static int? Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<int>(out var number) ? number : null;

    private static Cell ReadCell(JsonNode? node, int number, string name)
    {
        InvalidNotebookException Wrong(string what) => new(name, $"cell {number}: {what}");

        if (node is not JsonObject json) throw Wrong("is not an object.");
        if (MultilineText.Join(json["cell_type"]) is not ("code" or "markdown" or "raw"))
            throw Wrong("'cell_type' must be \"code\", \"markdown\" or \"raw\".");
        if (MultilineText.Join(json["source"]) is null) throw Wrong("'source' must be a text or a list of lines.");
        if (json["metadata"] is not (null or JsonObject)) throw Wrong("'metadata' must be an object.");
        var cell = new Cell((JsonObject)json.DeepClone());
        if (!cell.IsCode) return cell;

        if (json["outputs"] is not (null or JsonArray)) throw Wrong("'outputs' must be a list.");
        foreach (var output in cell.Outputs)
            if (output is not JsonObject || MultilineText.Join(output["output_type"]) is null)
                throw Wrong("an output without 'output_type'.");
        if (json["execution_count"] is not null && Number(json["execution_count"]) is null)
            throw Wrong("'execution_count' must be a whole number or null.");
        cell.ExecutionCount = Number(json["execution_count"]);
        _ = cell.Metadata;
        return cell;
    }

    private static void GiveIds(List<Cell> cells)
    {
        var seen = new HashSet<string>();
        foreach (var (index, cell) in cells.Index())
        {
            var id = MultilineText.Join(cell.Json["id"]);
            if (id is not { Length: >= 1 and <= 64 } || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
                || !seen.Add(id))
                for (var attempt = 0; ; attempt++)
                {
                    cell.Id = Convert.ToHexStringLower(
                        SHA256.HashData(Encoding.UTF8.GetBytes($"{index} {attempt} {cell.Source}")))[..8];
                    if (seen.Add(cell.Id)) break;
                }
        }
    }

    /// <summary>A cell with its texts split into lines, and without what is never stored.</summary>
    private static JsonObject ForFile(JsonObject cell)
    {
        var json = (JsonObject)cell.DeepClone();
        if (MultilineText.Join(json["source"]) is { } source) json["source"] = MultilineText.Split(source);
        if (json["metadata"] is JsonObject metadata) metadata.Remove("trusted");
        foreach (var output in (json["outputs"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (MultilineText.Join(output["text"]) is { } text && MultilineText.Join(output["output_type"]) == "stream")
                output["text"] = MultilineText.Split(text);
            if (output["data"] is not JsonObject data) continue;
            foreach (var (mime, value) in data.ToList())
                if (MultilineText.Join(value) is { } joined && !IsJsonMime(mime))
                    data[mime] = MultilineText.ForFile(mime, joined);
        }
        return json;
    }

    private static bool IsJsonMime(string mime) =>
        mime == "application/json"
            || (mime.StartsWith("application/", StringComparison.Ordinal) && mime.EndsWith("+json", StringComparison.Ordinal));
}
