using DeepCourse.Display;
using static DeepCourse.Display.Markup;
using static DeepCourse.Summaries.SummaryCells;

namespace DeepCourse.Summaries;

/// <summary>A summary as HTML: a table whose rows close and open, totals and notes.</summary>
internal static class SummaryHtml
{
    public static Markup Of(ModelSummary summary)
    {
        var rows = summary.Layers.ToList();
        var most = Math.Max(1, rows.Max(l => l.Parameters));
        var body = rows.Select(l => Element("tr", ("data-depth", Digits(l.Depth)),
            Element("th", ("scope", "row"), ("style", $"padding-left:{Digits(8 + 20 * l.Depth)}px"),
                l.Children.Count > 0 && l.Depth > 0
                    ? Element("button", ("type", "button"), ("aria-expanded", "true"),
                        ("aria-label", $"{l.Path}: show or hide its layers"), "▾")
                    : null,
                l.Path.Length == 0 ? l.Type : l.Name,
                l.Path.Length == 0 ? null : Element("span", ("class", "type"), $" {l.Type}")),
            Cell(Shapes(l.Inputs)), Cell(Shapes(l.Outputs)), Cell(Window(l.Kernel)), Cell(Window(l.Stride)),
            Cell(Window(l.Padding)),
            Element("td", ("class", "number"), Count(l),
                Element("div", ("class", "bar"), ("style", $"width:{Markup.Number(100.0 * l.Parameters / most)}%"))),
            Element("td", ("class", "number"), NumberOrNothing(l.MultiplyAdds))));
        var caption = $"{summary.Root.Type}: {SummaryCells.Number(summary.Parameters)} parameters, "
            + $"{SummaryCells.Number(summary.MultiplyAdds)} multiply-adds for one example";
        var table = Element("div", ("class", "scroll"),
            Element("table",
                Element("caption", caption),
            Element("thead", Element("tr", Headings.Select(h => Element("th", ("scope", "col"), h)))),
            Element("tbody", body)));
        var totals = Element("div", ("class", "totals"),
            Totals(summary).Select(t => Element("div", Element("b", t.What), $" {t.Value}")));
        var assembly = typeof(ModelSummary).Assembly;
        return Interactive("dc-summary",
            Element("div", table, totals, summary.Notes.Select(n => Element("div", ("class", "note"), $"⚠ {n}"))),
            Resource(assembly, "summary.css"), Resource(assembly, "summary.js"), "null");

        static Markup Cell(string text) => Element("td", text);
    }
}
