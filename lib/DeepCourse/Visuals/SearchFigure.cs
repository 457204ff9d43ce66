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
    private const double Width = 460, Height = 370;

    private static readonly string[] Colours = [Palette.Input, Palette.Output, Palette.Gradient];

    private IReadOnlyList<Candidate> All => [.. searches.SelectMany(s => s.Tried)];

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        List<(double Parameters, double Accuracy)> hand = [.. byHand.Select(h => ((double)h.Parameters, h.Accuracy))],
            points = [.. All.Select(c => ((double)c.Parameters, c.Accuracy)), .. hand];
        if (points.Count == 0) return Element("div", ToText());
        var axes = new Axes(Width, Height,
            Axis.Logarithmic(Math.Max(1, points.Min(p => p.Parameters)), Math.Max(1, points.Max(p => p.Parameters))),
            Axis.Linear(points.Min(p => p.Accuracy), points.Max(p => p.Accuracy)));
        var front = Candidate.Front(All);
        return Element("div",
            Element("div", ("style", "display:flex;flex-wrap:wrap;gap:2px 24px;font-size:18px;"),
                searches.Select((s, i) => Key(Colours[i % Colours.Length], "● ", s.Name)),
                front.Count > 1 ? Key(Palette.Kernel, "— ", "Pareto front") : null,
                hand.Count > 0 ? Key("inherit", "□ ", "by hand") : null),
            Drawing.Svg(Width, Height, ToText(),
                axes.Frame("parameters", "accuracy"),
                front.Count > 1 ? axes.Curve(front.Select(c => ((double)c.Parameters, c.Accuracy)), Palette.Kernel) : null,
                searches.SelectMany((s, i) =>
                    s.Tried.Select(c => Element("circle", ("cx", axes.X(c.Parameters)), ("cy", axes.Y(c.Accuracy)), ("r", 7),
                        ("fill", Colours[i % Colours.Length]), ("fill-opacity", 0.75),
                    Element("title", $"{c.Design}: {c.Accuracy:0.000}, {c.Parameters:N0} parameters")))),
                byHand.Select(h => Element("rect", ("x", axes.X(h.Parameters) - 6), ("y", axes.Y(h.Accuracy) - 6), ("width", 12),
                    ("height", 12), ("fill", "none"), ("stroke", "currentColor"), ("stroke-width", 2),
                    Element("title", $"{h.Name}: {h.Accuracy:0.000}, {h.Parameters:N0} parameters"))),
                axes.Names(byHand.Select(h => ((double)h.Parameters, h.Accuracy, h.Name)), points,
                    [.. front.Select(c => ((double)c.Parameters, c.Accuracy))])));

        static Markup Key(string colour, string sign, string name) =>
            Element("span", Element("span", ("style", $"color:{colour};"), sign), name);
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
