using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Summaries;

/// <summary>
/// A network in the form of the lecture's slides: number, input W H D, output W H D, layer, stride, padding, kernel, channels in
/// and out, parameters. Layers without weights or a window, such as activations, are left out; only those with weights have
/// numbers.
/// </summary>
public sealed class LayerTable : Figure
{
    /// <summary>A row of the table.</summary>
    /// <param name="Number">Of the layer among those with weights, batch norm apart; null for others.</param>
    /// <param name="Input">Width, height and depth of what goes in; 1, 1 and the length for a vector.</param>
    /// <param name="Output">The same of what comes out.</param>
    /// <param name="Layer">Such as "conv3-64", "maxpool", "fc".</param>
    /// <param name="Stride">Of its window.</param>
    /// <param name="Padding">Of its window.</param>
    /// <param name="Kernel">Width and height of its window.</param>
    /// <param name="Parameters">How many it has.</param>
    /// <param name="Path">Its name in the network.</param>
    public sealed record Row(
        int? Number,
        (long W, long H, long D) Input,
        (long W, long H, long D) Output,
        string Layer,
        string Stride,
        string Padding,
        (long W, long H)? Kernel,
        long Parameters,
        string Path);

    internal LayerTable(ModelSummary summary)
    {
        Name = summary.Root.Type;
        var (rows, number) = (new List<Row>(), 0);
        foreach (var l in summary.Layers.Where(l => l.Children.Count == 0 && l is { Inputs.Count: > 0, Outputs.Count: > 0 }
            && (l.Kernel is not null || l.Parameters > 0 || l.Type.Contains("Pool", StringComparison.Ordinal))))
        {
            var counts = l.Parameters > 0 && !l.Type.StartsWith("BatchNorm", StringComparison.Ordinal);
            var (input, output) = (Size(l.Inputs![0]), Size(l.Outputs![0]));
            (long, long)? kernel = l.Kernel is { Count: > 0 } k ? (k[^1], k.Count > 1 ? k[^2] : 1) : null;
            rows.Add(
                new Row(counts ? ++number : null, input, output, Label(l), SummaryCells.Window(l.Stride),
                    SummaryCells.Window(l.Padding), kernel, l.Parameters, l.Path));
        }
        Rows = rows;
        Total = summary.Parameters;
    }

    /// <summary>The network's name.</summary>
    public string Name { get; }

    /// <summary>The rows, in the order of the network.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>All parameters of the network.</summary>
    public long Total { get; }

    private static (long W, long H, long D) Size(IReadOnlyList<long> shape) => shape.Count switch
    {
        >= 3 => (shape[^1], shape[^2], shape[^3]),
        2 => (shape[^1], 1, shape[^2]),
        1 => (1, 1, shape[0]),
        _ => (1, 1, 1),
    };

    private static string Label(LayerSummary l) => l.Type switch
    {
        "Conv1d" or "Conv2d" or "Conv3d" => $"conv{SummaryCells.Digits(l.Kernel![^1])}-{SummaryCells.Digits(Channels(l))}",
        "Linear" => "fc",
        _ when l.Type.StartsWith("MaxPool", StringComparison.Ordinal) => "maxpool",
        _ when l.Type.Contains("AvgPool", StringComparison.Ordinal) => "avgpool",
        _ when l.Type.StartsWith("BatchNorm", StringComparison.Ordinal) => "batchnorm",
        _ => l.Type,
    };

    /// <summary>Of a convolution's output; frames that were folded into the batch stand before them.</summary>
    private static long Channels(LayerSummary l) =>
        l.Outputs![0] is var shape && shape.Count > l.Kernel!.Count ? shape[^(l.Kernel.Count + 1)] : shape[0];

    private static readonly string[] Headings = ["#", "in W", "H", "D", "out W", "H", "D", "layer", "stride", "pad", "kernel",
        "in", "out", "parameters"];

    private static string[] Cells(Row r) =>
    [
        r.Number is { } number ? SummaryCells.Digits(number) : "", .. Digits(r.Input), .. Digits(r.Output), r.Layer, r.Stride,
        r.Padding, r.Kernel is var (w, h) ? $"{SummaryCells.Digits(w)}×{SummaryCells.Digits(h)}" : "",
        SummaryCells.Digits(r.Input.D), SummaryCells.Digits(r.Output.D), SummaryCells.Number(r.Parameters),
    ];

    private static string[] Digits((long W, long H, long D) size) =>
        [SummaryCells.Digits(size.W), SummaryCells.Digits(size.H), SummaryCells.Digits(size.D)];

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        const string cell = "padding:2px 8px;text-align:right;border-bottom:1px solid color-mix(in srgb, currentColor 20%, "
            + "transparent);";
        return Element("div", ("style", "overflow-x:auto;font-size:16px;"),
            Element("table", ("style", "border-collapse:collapse;font-variant-numeric:tabular-nums;"),
            Element("caption", ("style", "text-align:left;font-size:18px;font-weight:bold;"),
                $"{Name}: {SummaryCells.Number(Total)} parameters"),
            Element("thead", Element("tr", Headings.Select(h => Element("th", ("scope", "col"), ("style", cell), h)))),
            Element("tbody", Rows.Select(r => Element("tr", Cells(r).Select(c => Element("td", ("style", cell), c)))),
                Element("tr", Element("td", ("style", cell), ("colspan", Headings.Length - 1), "total"),
                    Element("td", ("style", cell + "font-weight:bold;"), SummaryCells.Number(Total))))));
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        string[] total = [.. Enumerable.Repeat("", Headings.Length - 2), "total", SummaryCells.Number(Total)];
        var rows = Rows.Select(Cells).Append(total).ToList();
        var widths = Headings.Select((h, i) => Math.Max(h.Length, rows.Max(r => r[i].Length))).ToArray();
        return string.Join('\n', rows.Prepend(Headings).Select(r => string.Join("  ", r.Select((c, i) => c.PadLeft(widths[i])))));
    }
}
