using DeepCourse.Display;
using DeepCourse.Summaries;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>A computed table of layers beside the parameters that a slide gives for them, with every difference marked.</summary>
public sealed class TableComparison : Figure
{
    private readonly IReadOnlyList<(LayerTable.Row Row, long? Slide)> _rows;
    private readonly long _total, _slideTotal;
    private readonly string _name;

    /// <summary>Compares row by row.</summary>
    /// <param name="table">What was computed.</param>
    /// <param name="slide">The slide's number for each of its rows; null for a row that the slide has not.</param>
    /// <param name="slideTotal">The slide's total.</param>
    /// <exception cref="ArgumentException">Another number of rows.</exception>
    public TableComparison(LayerTable table, IReadOnlyList<long?> slide, long slideTotal)
    {
        if (slide.Count != table.Rows.Count)
            throw new ArgumentException(
                $"The table has {table.Rows.Count} rows ({string.Join(", ", table.Rows.Select(r => r.Layer))}), "
                    + $"and {slide.Count} numbers were given; null stands for a row that the slide has not.", nameof(slide));
        (_name, _total, _slideTotal) = (table.Name, table.Total, slideTotal);
        _rows = [.. table.Rows.Zip(slide)];
    }

    private static readonly string[] Headings = ["layer", "output", "computed", "slide", ""];

    private static string Difference(long? slide, long right) => slide is { } s && s != right ? $"{s - right:+#,0;−#,0}" : "";

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        const string cell = "padding:2px 12px;text-align:right;border-bottom:1px solid color-mix(in srgb, currentColor 20%, "
            + "transparent);";
        Markup Line(string layer, string output, long right, long? slide)
        {
            var differs = slide is { } s && s != right;
            return Element("tr",
                differs
                    ? ("style", $"background:color-mix(in srgb, {Palette.Validation} 25%, transparent);font-weight:bold;")
                    : null,
                new[] { layer, output, $"{right:N0}", slide is { } shown ? $"{shown:N0}" : "not on the slide",
                    differs ? "≠ " + Difference(slide, right) : slide is null ? "" : "=" }
                    .Select(c => Element("td", ("style", cell), c)));
        }
        return Element("div", ("style", "overflow-x:auto;font-size:16px;"),
            Element("table", ("style", "border-collapse:collapse;font-variant-numeric:tabular-nums;"),
            Element("caption", ("style", "text-align:left;font-size:18px;font-weight:bold;"),
                $"{_name}: parameters computed, and on the slide"),
            Element("thead", Element("tr", Headings.Select(h => Element("th", ("scope", "col"), ("style", cell), h)))),
            Element("tbody",
                _rows.Select(r => Line($"{r.Row.Path}  {r.Row.Layer}", $"{r.Row.Output.W}×{r.Row.Output.H}×{r.Row.Output.D}",
                    r.Row.Parameters, r.Slide)), Line("total", "", _total, _slideTotal))));
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var different = _rows.Where(r => r.Slide is { } s && s != r.Row.Parameters)
            .Select(r =>
                $"{r.Row.Layer} ({r.Row.Path}): computed {r.Row.Parameters:N0}, slide {r.Slide:N0} "
                    + $"({Difference(r.Slide, r.Row.Parameters)})")
            .ToList();
        return $"{_name}: {_rows.Count} rows, {different.Count} "
            + $"differ{(different.Count > 0 ? ": " + string.Join("; ", different) : "")}. Total: computed {_total:N0}, "
            + $"slide {_slideTotal:N0}{(_total == _slideTotal ? "" : $" ({Difference(_slideTotal, _total)})")}.";
    }
}
