using DeepCourse.Display;
using DeepCourse.Search;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// Every network of a search as a dot, accuracy over parameters, with the Pareto front of those found, and networks made by hand
/// beside them.
/// </summary>
/// <param name="searches">Searches by name, each with what it has tried so far.</param>
/// <param name="byHand">Networks that people made: name, parameters, accuracy.</param>
public sealed class SearchFigure(
    IReadOnlyList<(string Name, IReadOnlyList<Candidate> Tried)> searches,
    params IReadOnlyList<(string Name, long Parameters, double Accuracy)> byHand) : Figure
{
    private const double Width = 760, Height = 430, Left = 70, Right = 60, Top = 30, Bottom = 60;

    private static readonly string[] Colours = [Palette.Input, Palette.Output, Palette.Gradient];

    private IReadOnlyList<Candidate> All => [.. searches.SelectMany(s => s.Tried)];

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var sizes = All.Select(c => c.Parameters).Concat(byHand.Select(h => h.Parameters)).ToList();
        var accuracies = All.Select(c => c.Accuracy).Concat(byHand.Select(h => h.Accuracy)).ToList();
        if (sizes.Count == 0) return Element("div", ToText());
        var (from, to) = (Math.Floor(Math.Log10(sizes.Min())), Math.Ceiling(Math.Log10(sizes.Max() + 1)));
        var (low, high) = (Math.Floor(accuracies.Min() * 20) / 20, Math.Min(1, Math.Ceiling(accuracies.Max() * 20 + 0.2) / 20));
        double X(double parameters) => Left + (Math.Log10(parameters) - from) / (to - from) * (Width - Left - Right);
        double Y(double accuracy) => Height - Bottom - (accuracy - low) / (high - low) * (Height - Top - Bottom);
        var front = Candidate.Front(All);
        return Drawing.Svg(Width, Height, ToText(),
            Enumerable.Range(0, (int)Math.Round((high - low) / 0.05) + 1)
                .Select(i => low + i * 0.05)
                .Select(a => new[] { Drawing.Line(Left, Y(a), Width - Right, Y(a), opacity: 0.15),
                    Drawing.Text(Left - 8, Y(a) + 5, $"{a:0.00}", anchor: "end") }),
            Enumerable.Range((int)from, (int)(to - from) + 1)
                .Select(p => new[] { Drawing.Line(X(Math.Pow(10, p)), Top, X(Math.Pow(10, p)), Height - Bottom, opacity: 0.15),
                    Drawing.Text(X(Math.Pow(10, p)), Height - Bottom + 22, $"{Math.Pow(10, p):N0}", anchor: "middle") }),
            Drawing.Text((Left + Width - Right) / 2, Height - 12, "parameters", anchor: "middle"),
            Drawing.Text(Left, 20, "accuracy"),
            searches.Select((s, i) => Drawing.Heading(Left + 110 + 210 * i, 20, s.Name, Colours[i % Colours.Length])),
            front.Count > 1
                ? Element("path", ("d", Drawing.Path(front.Select(c => (X(c.Parameters), Y(c.Accuracy))))), ("fill", "none"),
                    ("stroke", Palette.Kernel), ("stroke-width", 3))
                : null,
            searches.SelectMany((s, i) =>
                s.Tried.Select(c => Element("circle", ("cx", X(c.Parameters)), ("cy", Y(c.Accuracy)), ("r", 7),
                    ("fill", Colours[i % Colours.Length]), ("fill-opacity", 0.75),
                Element("title", $"{c.Design}: {c.Accuracy:0.000}, {c.Parameters:N0} parameters")))),
            byHand.Select(h =>
                new[] { Element("rect", ("x", X(h.Parameters) - 6), ("y", Y(h.Accuracy) - 6), ("width", 12), ("height", 12),
                    ("fill", "none"), ("stroke", "currentColor"), ("stroke-width", 2)),
                    Drawing.Text(X(h.Parameters) + 12, Y(h.Accuracy) + 5, h.Name) }));
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        if (All.Count == 0) return "No network was tried yet.";
        return string.Join('\n',
            searches.Where(s => s.Tried.Count > 0)
                .Select(s =>
                    $"{s.Name}: {s.Tried.Count} networks tried, the best {s.Tried.Max(c => c.Accuracy):0.000} "
                        + $"({s.Tried.MaxBy(c => c.Accuracy)!.Design}).")
            .Append(
            $"Pareto front: "
                + $"{string.Join(", ",
                    Candidate.Front(All).Select(c => $"{c.Accuracy:0.000} with {c.Parameters:N0} parameters"))}.")
            .Concat(byHand.Select(h => $"By hand, {h.Name}: {h.Accuracy:0.000} with {h.Parameters:N0} parameters.")));
    }
}
