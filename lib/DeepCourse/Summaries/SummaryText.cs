using static DeepCourse.Summaries.SummaryCells;

namespace DeepCourse.Summaries;

/// <summary>A summary as text: a table with rules, totals and notes.</summary>
internal static class SummaryText
{
    public static string Of(ModelSummary summary)
    {
        var rows = summary.Layers.Select(l => new[]
        {
            $"{new string(' ', 2 * l.Depth)}{(l.Path.Length == 0 ? l.Type : $"{l.Name} ({l.Type})")}", Shapes(l.Inputs),
            Shapes(l.Outputs), Window(l.Kernel), Window(l.Stride), Window(l.Padding), Count(l), NumberOrNothing(l.MultiplyAdds),
        }).ToList();
        var widths = Headings.Select((h, i) => Math.Max(h.Length, rows.Max(r => r[i].Length))).ToArray();
        string Line(IReadOnlyList<string> cells) =>
            string.Join("  ", cells.Select((c, i) => i is 0 or 1 or 2 ? c.PadRight(widths[i]) : c.PadLeft(widths[i]))).TrimEnd();
        var rule = new string('─', widths.Sum() + 2 * (widths.Length - 1));
        return string.Join('\n',
            [rule, Line(Headings), rule, .. rows.Select(Line), rule, .. Totals(summary).Select(t => $"{t.What,-22}{t.Value}"),
                .. summary.Notes.Select(n => $"Note: {n}")]);
    }
}
