using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>A table of texts and numbers: what a row is about stands first, numbers are aligned on the right.</summary>
/// <param name="caption">What it shows.</param>
/// <param name="headings">Of the columns.</param>
/// <param name="rows">Cells as texts; as many as there are headings.</param>
public sealed class NumberTable(string caption, IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    : Figure
{
    /// <summary>A row that stands out, from 0 on; null for none.</summary>
    public int? Marked { get; init; }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        const string cell = "padding:2px 12px;border-bottom:1px solid color-mix(in srgb, currentColor 20%, transparent);";
        string Style(int column) => cell + (column == 0 ? "text-align:left;" : "text-align:right;");
        return Element("div", ("style", "overflow-x:auto;font-size:16px;"),
            Element("table", ("style", "border-collapse:collapse;font-variant-numeric:tabular-nums;"),
            Element("caption", ("style", "text-align:left;font-size:18px;font-weight:bold;"), caption),
            Element("thead", Element("tr", headings.Select((h, i) => Element("th", ("scope", "col"), ("style", Style(i)), h)))),
            Element("tbody",
                rows.Select((row, r) => Element("tr",
                    r == Marked
                        ? ("style", $"font-weight:bold;background:color-mix(in srgb, {Palette.Output} 20%, transparent);")
                        : null,
                row.Select((c, i) => Element(i == 0 ? "th" : "td", i == 0 ? ("scope", "row") : null,
                    ("style", Style(i) + (i == 0 ? "font-weight:inherit;" : "")), c)))))));
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var widths = headings.Select((h, i) => Math.Max(h.Length, rows.Select(r => r[i].Length).DefaultIfEmpty().Max()))
            .ToArray();
        string Line(IReadOnlyList<string> cells) =>
            string.Join("  ", cells.Select((c, i) => i == 0 ? c.PadRight(widths[i]) : c.PadLeft(widths[i]))).TrimEnd();
        return string.Join('\n', [caption, Line(headings), .. rows.Select(Line)]);
    }
}
