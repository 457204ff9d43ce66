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
    private const int Count = 101, Width = 300, Height = 210, Gap = 26, Columns = 3;

    private readonly float[] _x = [.. Enumerable.Range(0, Count).Select(i => (float)(From + (To - From) * i / (Count - 1)))];

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var steps = new Steps(Count);
        var curves = activations.Select(a => a.At(_x)).ToList();
        var panels = activations.Select((activation, k) =>
        {
            double left = k % Columns * (Width + Gap) + 26, top = k / Columns * (Height + Gap + 62) + 44;
            var (values, slopes) = curves[k];
            double high = Math.Max(1.15, Math.Min(3, values.Max())), low = Math.Min(-0.15, Math.Max(-1.2, values.Min()));
            double X(double v) => left + (v - From) / (To - From) * (Width - 30);
            double Y(double v) => top + (high - Math.Clamp(v, low, high)) / (high - low) * Height;
            var flat = Enumerable.Range(0, Count - 1)
                .Where(i => Math.Abs(slopes[i]) < Saturated && Math.Abs(slopes[i + 1]) < Saturated);
            return new object?[]
            {
                Drawing.Text(left, top - 26, activation.Name, 18, more: ("font-weight", "bold")),
                Drawing.Text(left, top - 8, activation.Formula),
                flat.Select(i => Element("rect", ("x", X(_x[i])), ("y", top), ("width", X(_x[i + 1]) - X(_x[i]) + 0.3),
                    ("height", Height), ("fill", Palette.Validation), ("fill-opacity", 0.14))),
                Drawing.Line(X(From), Y(0), X(To), Y(0), opacity: 0.4), Drawing.Line(X(0), top, X(0), top + Height, opacity: 0.4),
                high > 1
                    ? new[] { Drawing.Line(X(0) - 4, Y(1), X(0) + 4, Y(1)), Drawing.Text(X(0) - 7, Y(1) + 5, "1", anchor: "end") }
                    : null,
                Element("path", ("d", Drawing.Path(_x.Zip(slopes, (x, y) => (X(x), Y(y))))), ("fill", "none"),
                    ("stroke", Palette.Gradient), ("stroke-width", 3), ("stroke-dasharray", "7 4")),
                Element("path", ("d", Drawing.Path(_x.Zip(values, (x, y) => (X(x), Y(y))))), ("fill", "none"),
                    ("stroke", Palette.Output), ("stroke-width", 3)),
                steps.Moving("line", [("y1", top), ("y2", top + Height), ("stroke", "currentColor"), ("stroke-opacity", 0.6)],
                    ("x1", i => Number(X(_x[i]))), ("x2", i => Number(X(_x[i])))),
                steps.Moving("circle", [("r", 6), ("fill", Palette.Output)], ("cx", i => Number(X(_x[i]))),
                    ("cy", i => Number(Y(values[i])))),
                steps.Moving("circle", [("r", 6), ("fill", Palette.Gradient)], ("cx", i => Number(X(_x[i]))),
                    ("cy", i => Number(Y(slopes[i])))),
                steps.Moving("text", [("x", left), ("y", top + Height + 22), ("font-size", 16), ("fill", "currentColor")],
                    ("text", i => $"value {Numbers.Show(values[i])}, derivative {slopes[i]:0.000}")),
            };
        }).ToList();
        var rows = (activations.Count + Columns - 1) / Columns;
        var drawing = Drawing.Svg(Math.Min(Columns, activations.Count) * (Width + Gap) + 26, rows * (Height + Gap + 62) + 40,
            ToText(), panels,
            Drawing.Heading(26, rows * (Height + Gap + 62) + 34, "value", Palette.Output),
            Drawing.Heading(120, rows * (Height + Gap + 62) + 34, "derivative (dashed)", Palette.Gradient),
            Drawing.Heading(350, rows * (Height + Gap + 62) + 34, "saturated", Palette.Validation));
        return steps.ToMarkup(drawing, "x", i => $"x = {Numbers.Show(_x[i])}", pause: 100);
    }

    /// <inheritdoc/>
    public override string ToText() => "Activation functions, value and derivative:\n" + string.Join('\n', activations.Select(a =>
    {
        var (values, slopes) = a.At([-4, 0, 4]);
        return $"  {a.Name} "
            + $"= {a.Formula}: "
            + $"{string.Join(", ", new[] { -4, 0, 4 }.Select((x, i) => $"at {x}: {values[i]:0.000} and {slopes[i]:0.000}"))}";
    }));
}
