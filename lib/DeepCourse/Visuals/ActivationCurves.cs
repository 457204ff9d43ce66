using DeepCourse.Display;
using DeepCourse.Models;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// Activation functions and their derivatives side by side, with one x for all of them under the slider. Where a function
/// saturates (its derivative is below 0.05, so that hardly any gradient passes) it is shaded.
/// </summary>
public sealed class ActivationCurves(params IReadOnlyList<Activation> activations) : Figure
{
    private const double From = -5, To = 5, Saturated = 0.05;
    private const int Count = 101, Width = 326, Height = 320, Head = 52;

    private readonly float[] _x = [.. Enumerable.Range(0, Count).Select(i => (float)(From + (To - From) * i / (Count - 1)))];

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var steps = new Steps(Count);
        var curves = activations.Select(a => a.At(_x)).ToList();
        var panels = activations.Select((activation, k) =>
        {
            var (values, slopes) = curves[k];
            double high = Math.Max(1.15, Math.Min(3, values.Max())), low = Math.Min(-0.15, Math.Max(-1.2, values.Min()));
            var axes = new Axes(Width, Height, Axis.Linear(From, To, isTight: true, pieces: 6),
                Axis.Linear(low, high, isTight: true, pieces: 4), head: Head);
            var flat = Enumerable.Range(0, Count - 1)
                .Where(i => Math.Abs(slopes[i]) < Saturated && Math.Abs(slopes[i + 1]) < Saturated);
            return Drawing.Svg(Width, Height, k == 0 ? ToText() : $"{activation.Name}, value and derivative", axes.Frame(""),
                Drawing.Text(axes.Left, 18, activation.Name, 18, more: ("font-weight", "bold")),
                Drawing.Text(axes.Left, 38, activation.Formula),
                flat.Select(i => Element("rect", ("x", axes.X(_x[i])), ("y", axes.Top),
                    ("width", axes.X(_x[i + 1]) - axes.X(_x[i]) + 0.3), ("height", axes.Bottom - axes.Top),
                    ("fill", Palette.Validation), ("fill-opacity", 0.14))),
                Drawing.Line(axes.Left, axes.Y(0), axes.Right, axes.Y(0), opacity: 0.4),
                Drawing.Line(axes.X(0), axes.Top, axes.X(0), axes.Bottom, opacity: 0.4),
                axes.Curve(_x.Zip(slopes, (x, y) => ((double)x, (double)y)), Palette.Gradient, dashes: "7 4"),
                axes.Curve(_x.Zip(values, (x, y) => ((double)x, (double)y)), Palette.Output),
                steps.Moving("line",
                    [("y1", axes.Top), ("y2", axes.Bottom), ("stroke", "currentColor"), ("stroke-opacity", 0.6)],
                    ("x1", i => Number(axes.X(_x[i]))), ("x2", i => Number(axes.X(_x[i])))),
                steps.Moving("circle", [("r", 6), ("fill", Palette.Output)], ("cx", i => Number(axes.X(_x[i]))),
                    ("cy", i => Number(axes.Y(values[i])))),
                steps.Moving("circle", [("r", 6), ("fill", Palette.Gradient)], ("cx", i => Number(axes.X(_x[i]))),
                    ("cy", i => Number(axes.Y(slopes[i])))),
                steps.Moving("text", [("x", axes.Left), ("y", Height - 10), ("font-size", 16), ("fill", "currentColor")],
                    ("text", i => $"value {Numbers.Show(values[i])}, derivative {slopes[i]:0.000}")));
        }).ToList();
        var drawing = Element("div",
            Element("div", ("style", "display:flex;flex-wrap:wrap;gap:8px 16px;"), panels),
            Element("div", ("style", "display:flex;flex-wrap:wrap;gap:2px 24px;font-size:18px;"),
                Key("value", Palette.Output), Key("derivative (dashed)", Palette.Gradient),
                Key("saturated", Palette.Validation)));

        return steps.ToMarkup(drawing, "x", i => $"x = {Numbers.Show(_x[i])}", pause: 100);

        static Markup Key(string text, string colour) =>
            Element("span", Element("span", ("style", $"color:{colour};"), "■ "), text);
    }

    /// <inheritdoc/>
    public override string ToText() => "Activation functions, value and derivative:\n" + string.Join('\n', activations.Select(a =>
    {
        var (values, slopes) = a.At([-4, 0, 4]);
        return $"  {a.Name} = {a.Formula}: "
            + $"{string.Join(", ", new[] { -4, 0, 4 }.Select((x, i) => $"at {x}: {values[i]:0.000} and {slopes[i]:0.000}"))}";
    }));
}
