using System.Globalization;
using System.Text.Json.Nodes;
using DeepCourse.Display;
using Microsoft.DotNet.Interactive.Formatting;
using Plotly.NET;
using static DeepCourse.Display.Markup;
using Formatter = Microsoft.DotNet.Interactive.Formatting.Formatter;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>
/// Plotly.NET charts: as plotly's own mime type, as HTML that draws without a network, and in words. plotly.js is 1.3 MB (3.6 MB
/// with 3-D), so the first chart of a session carries it, compressed, and the others find it in the page.
/// </summary>
internal static class ChartFormatter
{
    private const string Cartesian = "plotly-cartesian-2.30.1.min.js.gz", Full = "plotly-2.30.1.min.js.gz";
    private const int DescribedTraces = 8, LabelSize = 16;

    /// <summary>What the smaller bundle draws.</summary>
    private static readonly HashSet<string> CartesianTypes =
        ["bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image", "pie", "scatter",
            "scatterternary", "violin"];

    private static readonly Lock Gate = new();

    /// <summary>The cell whose chart carries each bundle. That cell carries it again when it runs again, or its output would lose
    /// it.</summary>
    private static readonly Dictionary<string, (string CellKey, int CellNumber)> Carriers = [];

    public static void Register()
    {
        Formatter.Register<GenericChart>((chart, writer) => writer.Write(Json(chart).ToJsonString()),
            "application/vnd.plotly.v1+json");
        Formatter.Register<GenericChart>((chart, writer) => writer.Write(Html(Json(chart))), HtmlFormatter.MimeType);
        Formatter.Register<GenericChart>((chart, writer) => writer.Write(Describe(Json(chart))), PlainTextFormatter.MimeType);
        Formatter.SetPreferredMimeTypesFor(typeof(GenericChart), "application/vnd.plotly.v1+json", HtmlFormatter.MimeType,
            PlainTextFormatter.MimeType);
    }

    /// <summary>The template that Plotly.NET puts into every chart: 11 KB of colours for a white page. The page's own colours
    /// take its place (chart.js).</summary>
    private static readonly Lazy<JsonNode?> DefaultTemplate = new(() => JsonNode.Parse(GenericChart.toFigureJson(
        Plotly.NET.CSharp.Chart.Point<int, int, string>(x: [0], y: [0])))?["layout"]?["template"]);

    private static JsonObject Json(GenericChart chart)
    {
        var figure = (JsonObject)JsonNode.Parse(GenericChart.toFigureJson(chart))!;
        if (figure["layout"] is not JsonObject layout) figure["layout"] = layout = [];
        if (JsonNode.DeepEquals(layout["template"], DefaultTemplate.Value)) layout.Remove("template");
        // Plotly's 12 pixels can't be read from the last row; what the author chose stays.
        layout["font"] ??= new JsonObject { ["size"] = LabelSize };
        layout["hoverlabel"] ??= new JsonObject { ["font"] = new JsonObject { ["size"] = LabelSize } };
        return figure;
    }

    private static Markup Html(JsonObject figure)
    {
        var needsFull = Traces(figure).Any(t => !CartesianTypes.Contains(Text(t["type"]) ?? "scatter"));
        var bundle = needsFull ? Full : Cartesian;
        var description = Describe(figure);
        var data = new JsonObject { ["figure"] = figure.DeepClone(), ["needsFull"] = needsFull };
        lock (Gate)
        {
            var (key, number) = Surroundings.Cell();
            // The full bundle draws everything: once it is there, nothing else is needed.
            var carrier = Carriers.TryGetValue(Full, out var full)
                ? full
                : Carriers.TryGetValue(bundle, out var own) ? own
                : (key, number);
            if (!Carriers.ContainsKey(Full)) Carriers.TryAdd(bundle, carrier);
            if (carrier.Item1 == key)
            {
                data["bundle"] = ReadBundle(bundle);
                data["isFull"] = needsFull;
            }
            data["hint"] = $"The chart library comes with the notebook's first chart: run cell [{carrier.Item2}], then "
                + "this shows.";
        }
        var assembly = typeof(ChartFormatter).Assembly;
        var content = Element("div",
            Element("div", ("class", "dc-plot"), ("role", "img"), ("aria-label", description)),
            Element("div", ("class", "dc-note"), description));
        return Interactive("dc-chart", content, Resource(assembly, "chart.css"), Resource(assembly, "chart.js"),
            data.ToJsonString());
    }

    private static string ReadBundle(string name)
    {
        var assembly = typeof(ChartFormatter).Assembly;
        using var stream = assembly.GetManifestResourceStream(assembly.GetManifestResourceNames()
            .Single(n => n.EndsWith(name, StringComparison.Ordinal)))!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return Convert.ToBase64String(memory.GetBuffer(), 0, (int)memory.Length);
    }

    // ---- in words ----

    private static string Describe(JsonObject figure)
    {
        var traces = Traces(figure).ToList();
        var title = Title(figure["layout"]?["title"]);
        var axes = string.Join(" over ",
            new[] { Title(figure["layout"]?["yaxis"]?["title"]), Title(figure["layout"]?["xaxis"]?["title"]) }
                .Where(t => t is not null));
        var heading = $"Chart{(title is null ? "" : $" “{title}”")}{(axes.Length > 0 ? $" ({axes})" : "")}: ";
        var parts = traces.Take(DescribedTraces).Select((trace, i) => Describe(trace, i, traces.Count));
        return heading + string.Join("; ", parts)
            + (traces.Count > DescribedTraces ? $"; and {traces.Count - DescribedTraces} more" : "") + ".";
    }

    private static string Describe(JsonObject trace, int index, int count)
    {
        var kind = (Text(trace["type"]) ?? "scatter") switch
        {
            "scatter" => (Text(trace["mode"]) ?? "").Contains("lines", StringComparison.Ordinal) ? "line" : "points",
            var other => other,
        };
        var name = Text(trace["name"]) ?? (count > 1 ? $"{index + 1}" : null);
        var label = name is null ? kind : $"{kind} “{name}”";
        if (trace["z"] is JsonArray rows)
        {
            var cells = rows.SelectMany(r => Numbers(r)).ToList();
            return cells.Count == 0
                ? label
                : $"{label} of {rows.Count}×{(rows[0] as JsonArray)?.Count ?? 1} values from {Show(cells.Min())} "
                    + $"to {Show(cells.Max())}";
        }
        var y = Numbers(trace["y"]).ToList();
        if (kind == "histogram") y = Numbers(trace["x"]).Concat(y).ToList();
        if (y.Count == 0)
            return (trace["labels"] ?? trace["x"] ?? trace["y"]) is JsonArray items ? $"{label} of {items.Count} items" : label;
        if (kind == "histogram") return $"{label} of {y.Count} values from {Show(y.Min())} to {Show(y.Max())}";
        var x = (trace["x"] as JsonArray)?.Select(Label).ToList();
        string At(int i) => x is not null && i < x.Count ? $" at {x[i]}" : "";
        var (low, high) = (y.IndexOf(y.Min()), y.IndexOf(y.Max()));
        return $"{label}, {y.Count} points, from {Show(y[0])}{At(0)} to {Show(y[^1])}{At(y.Count - 1)}, "
            + $"lowest {Show(y[low])}{At(low)}, highest {Show(y[high])}{At(high)}";
    }

    private static IEnumerable<JsonObject> Traces(JsonObject figure) => (figure["data"] as JsonArray ?? []).OfType<JsonObject>();

    private static IEnumerable<double> Numbers(JsonNode? node) =>
        (node as JsonArray ?? [])
            .OfType<JsonValue>()
            .Select(v => v.TryGetValue<double>(out var number) ? number : double.NaN)
            .Where(double.IsFinite);

    private static string Label(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<double>(out var number) ? Show(number) : Text(node) ?? "";

    private static string? Title(JsonNode? node) => node is JsonObject title ? Text(title["text"]) : Text(node);

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    private static string Show(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
