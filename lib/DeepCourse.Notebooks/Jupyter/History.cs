using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>What was run in this session, for consoles: the last entries, a range, or those that fit a pattern.</summary>
internal sealed class History
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];

    private sealed record Entry(int Number, string Input, string? Output);

    public void Add(int number, string input, string? output)
    {
        lock (_gate) _entries.Add(new Entry(number, input, output));
    }

    public JsonObject Answer(JsonObject request)
    {
        lock (_gate)
        {
            var withOutput = (bool?)request["output"] ?? false;
            var chosen = (string?)request["hist_access_type"] switch
            {
                "range" => Range(request),
                "search" => Search(request),
                _ => _entries.TakeLast((int?)request["n"] ?? int.MaxValue),
            };
            return new JsonObject
            {
                ["status"] = "ok",
                ["history"] = new JsonArray([.. chosen.Select(e => Row(e, withOutput))]),
            };
        }
    }

    private static JsonArray Row(Entry entry, bool withOutput)
    {
        const int session = 1; // only this one is kept
        JsonNode text = entry.Input;
        return [session, entry.Number, withOutput ? new JsonArray(text, entry.Output) : text];
    }

    private IEnumerable<Entry> Range(JsonObject request)
    {
        // Number 0 means the current session.
        if ((int?)request["session"] is not (null or 0 or 1)) return [];
        var (start, stop) = ((int?)request["start"] ?? 0, (int?)request["stop"] ?? int.MaxValue);
        return _entries.Where(e => e.Number >= start && e.Number < stop);
    }

    private IEnumerable<Entry> Search(JsonObject request)
    {
        var pattern = Glob((string?)request["pattern"] ?? "*");
        var found = _entries.Where(e => pattern.IsMatch(e.Input));
        if ((bool?)request["unique"] ?? false) found = found.Reverse().DistinctBy(e => e.Input).Reverse();
        return found.TakeLast((int?)request["n"] ?? int.MaxValue);
    }

    private static Regex Glob(string pattern) => new(
        $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$",
        RegexOptions.Singleline, TimeSpan.FromSeconds(1));
}
