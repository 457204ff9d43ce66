using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DeepCourse.Notebooks.Documents;

namespace DeepCourse.Notebooks.Execution;

/// <summary>
/// Whether a cell's outputs are still the stored ones. To the letter; but a cell tagged "volatile" (timings) may differ in what
/// it says, and one tagged "approximate" (training results) in its numbers, a little. Neither may say nothing where it said
/// something, nor the other way round.
/// </summary>
internal static partial class OutputComparison
{
    /// <summary>How far numbers of an approximate cell may lie apart, relative to the larger one. However small they are, a
    /// number with decimals may also differ by one in its last printed place: that is rounding.</summary>
    public const double RelativeTolerance = 0.05;

    private const double Slack = 1 + 1e-9; // 0.3 − 0.2 is a little more than 0.1

    public static bool AreSame(Cell cell, JsonArray fresh)
    {
        var stored = cell.Outputs;
        if (cell.Tags.Contains("volatile")) return Kinds(stored).SequenceEqual(Kinds(fresh));
        if (stored.Count != fresh.Count) return false;
        var compare = cell.Tags.Contains("approximate")
            ? (Func<JsonNode?, JsonNode?, bool>)AreClose
            : (a, b) => Normal(a).ReplaceLineEndings("\n") == Normal(b).ReplaceLineEndings("\n");
        return stored.Zip(fresh).All(pair => compare(pair.First, pair.Second));
    }

    private static IEnumerable<string> Kinds(JsonArray outputs) => outputs.Select(Kind).Distinct();

    /// <summary>What an output is: its type, its stream or mime types, and which of them are empty.</summary>
    private static string Kind(JsonNode? output)
    {
        var parts = output?["data"] is JsonObject data
            ? data.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => $"{d.Key}{Emptiness(d.Value)}")
            : [$"{output?["name"]}{Emptiness(output?["text"])}"];
        return $"{output?["output_type"]} {string.Join(' ', parts)}";
    }

    private static string Emptiness(JsonNode? content) => content switch
    {
        null => "",
        _ when MultilineText.Join(content) is { } text => string.IsNullOrWhiteSpace(text) ? " (empty)" : "",
        JsonObject { Count: 0 } or JsonArray { Count: 0 } => " (empty)",
        _ => "",
    };

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
        if (Kind(stored) != Kind(fresh)) return false;
        var (before, after) = (Words(stored), Words(fresh));
        return Number().Replace(before, "#") == Number().Replace(after, "#")
            && Numbers(before).Zip(Numbers(after)).All(p => AreClose(p.First, p.Second));
    }

    private static bool AreClose((double Value, double Unit) a, (double Value, double Unit) b) =>
        Math.Abs(a.Value - b.Value) <= Slack * Math.Max(Math.Max(a.Unit, b.Unit),
            RelativeTolerance * Math.Max(Math.Abs(a.Value), Math.Abs(b.Value)));

    /// <summary>What an output says: its text, or else all that it holds in other forms of text; pictures say nothing.</summary>
    private static string Words(JsonNode? output) =>
        MultilineText.Join(output?["text"])
        ?? MultilineText.Join(output?["data"]?["text/plain"])
        ?? (output?["data"] is JsonObject data
            ? string.Join('\n', data.Where(d => d.Key.StartsWith("text/", StringComparison.Ordinal))
                .Select(d => MultilineText.Join(d.Value)))
            : "");

    /// <summary>The numbers of a text, each with the worth of its last place: 0.01 of 3.25, and 0 of a whole number, which is not
    /// rounded.</summary>
    private static IEnumerable<(double Value, double Unit)> Numbers(string text) => Number().Matches(text).Select(m =>
    {
        var value = double.Parse(m.Value.Replace('−', '-'), NumberStyles.Float | NumberStyles.AllowThousands,
            CultureInfo.InvariantCulture);
        var power = m.Groups["power"] is { Success: true, Value: var p } ? int.Parse(p, CultureInfo.InvariantCulture) : 0;
        var places = m.Groups["decimals"].Length;
        return (value, places == 0 && power == 0 ? 0 : Math.Pow(10, power - places));
    });

    [GeneratedRegex(@"[-−]?(\d{1,3}(,\d{3})+(?!\d)|\d+)(\.(?<decimals>\d+))?([eE](?<power>[-+]?\d+))?")]
    private static partial Regex Number();
}
