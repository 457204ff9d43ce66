using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DeepCourse.Notebooks.Documents;

namespace DeepCourse.Notebooks.Execution;

/// <summary>
/// Whether a cell's outputs are still the stored ones. To the letter; but a cell tagged "volatile" (timings) may differ in what
/// it says, and one tagged "approximate" (training results) in its numbers, a little.
/// </summary>
internal static partial class OutputComparison
{
    /// <summary>How far numbers of an approximate cell may lie apart, relative to the larger one.</summary>
    public const double RelativeTolerance = 0.05;

    /// <summary>How far small numbers of an approximate cell may lie apart.</summary>
    public const double AbsoluteTolerance = 0.02;

    public static bool AreSame(Cell cell, JsonArray fresh)
    {
        var stored = cell.Outputs;
        if (cell.Tags.Contains("volatile")) return stored.Count > 0 && Kinds(stored).SequenceEqual(Kinds(fresh));
        if (stored.Count != fresh.Count) return false;
        var compare = cell.Tags.Contains("approximate")
            ? (Func<JsonNode?, JsonNode?, bool>)AreClose
            : (a, b) => Normal(a).ReplaceLineEndings("\n") == Normal(b).ReplaceLineEndings("\n");
        return stored.Zip(fresh).All(pair => compare(pair.First, pair.Second));
    }

    private static IEnumerable<string> Kinds(JsonArray outputs) =>
        outputs.Select(o => $"{o?["output_type"]} {o?["name"]}").Distinct();

    /// <summary>An output as its file holds it, whether its texts are in lines or whole.</summary>
    private static string Normal(JsonNode? output) => JupyterJson.Write(Joined(output));

    private static JsonNode? Joined(JsonNode? node) => node switch
    {
        JsonArray when MultilineText.Join(node) is { } text => text,
        JsonArray array => new JsonArray([.. array.Select(Joined)]),
        JsonObject obj => new JsonObject(obj.Select(p => KeyValuePair.Create(p.Key, Joined(p.Value)))),
        _ => node?.DeepClone(),
    };

    private static bool AreClose(JsonNode? stored, JsonNode? fresh)
    {
        if (!Kinds(new JsonArray(stored?.DeepClone())).SequenceEqual(Kinds(new JsonArray(fresh?.DeepClone())))) return false;
        var (before, after) = (Words(stored), Words(fresh));
        var (numbersBefore, numbersAfter) = (Numbers(before), Numbers(after));
        return Number().Replace(before, "#") == Number().Replace(after, "#")
            && numbersBefore.Zip(numbersAfter)
                .All(p =>
                    Math.Abs(p.First - p.Second) <= Math.Max(AbsoluteTolerance,
                        RelativeTolerance * Math.Max(Math.Abs(p.First), Math.Abs(p.Second))));
    }

    private static string Words(JsonNode? output) =>
        MultilineText.Join(output?["text"]) ?? MultilineText.Join(output?["data"]?["text/plain"]) ?? "";

    private static List<double> Numbers(string text) =>
        [.. Number().Matches(text).Select(m => double.Parse(m.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"-?\d+(\.\d+)?([eE][-+]?\d+)?")]
    private static partial Regex Number();
}
