using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// Two functions rolling over one another: (f∗g)(t) = ∫ f(τ) g(t − τ) dτ. f stands still, g is turned round and slides by t; the
/// product's area is shaded, and its size is the result at t, drawn below.
/// </summary>
public sealed class RollingConvolution : Figure
{
    private const int Steps = 61, Samples = 241, Width = 500, Panel = 270;

    private readonly string _title;
    private readonly double _from, _to;
    private readonly Func<double, double> _f, _g;
    private readonly double[] _result;

    /// <summary>Shows f rolling over g.</summary>
    /// <param name="title">What they are, such as "box ∗ exponential".</param>
    /// <param name="f">The one that stands still.</param>
    /// <param name="g">The one that is turned round and moves.</param>
    /// <param name="from">Where the axes of τ and t begin.</param>
    /// <param name="to">Where they end.</param>
    /// <exception cref="ArgumentException">The axis ends before it begins, or a function gives no number.</exception>
    public RollingConvolution(string title, Func<double, double> f, Func<double, double> g, double from = -3, double to = 3)
    {
        if (to <= from)
            throw new ArgumentException($"The axis runs from {from} to {to}: its end must be larger than its beginning.");
        (_title, _f, _g, _from, _to) = (title, f, g, from, to);
        _result = [.. Enumerable.Range(0, Steps).Select(i => Integral(T(i)))];
        if (_result.Any(v => !double.IsFinite(v)))
            throw new ArgumentException(
                "One of the functions gives no finite number somewhere on the axis; its integral can't be drawn.");
    }

    private double T(int step) => _from + (_to - _from) * step / (Steps - 1);

    private double Tau(int sample) => _from + (_to - _from) * sample / (Samples - 1);

    // The middle of each of 4,000 small pieces of the axis stands for it.
    private double Integral(double t)
    {
        var piece = (_to - _from) / 4000;
        return Enumerable.Range(0, 4000).Select(i => _from + (i + 0.5) * piece).Sum(tau => _f(tau) * _g(t - tau)) * piece;
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var steps = new Steps(Steps);
        var samples = Enumerable.Range(0, Samples).Select(Tau).ToList();
        // g turned round may reach beyond the axis: it is drawn once, on twice the range, and moved.
        var wide = Enumerable.Range(0, 2 * Samples)
            .Select(i => -(_to - _from) + (_to - _from) * 2.0 * i / (2 * Samples - 1))
            .ToList();
        var product = Enumerable.Range(0, Steps).Max(i => samples.Max(s => _f(s) * _g(T(i) - s)));
        double top = new[] { samples.Max(_f), wide.Max(_g), product }.Max(),
            bottom = Math.Min(0, Math.Min(samples.Min(_f), wide.Min(_g)));
        var across = Axis.Linear(_from, _to, isTight: true, pieces: 8);
        var above = new Axes(Width, Panel, across, Axis.Linear(bottom, top, pieces: 4));
        var below = new Axes(Width, Panel, across,
            Axis.Linear(Math.Min(0, _result.Min()), Math.Max(_result.Max(), 1e-6), pieces: 4), y: Panel);
        var unit = (above.Right - above.Left) / (_to - _from);
        double X(double v) => above.X(v);
        double Y(double v) => above.Y(v);

        string Area(double t)
        {
            var points = samples.Select(s => (X: X(s), Y: Y(_f(s) * _g(t - s)))).ToList();
            int first = points.FindIndex(p => Math.Abs(p.Y - Y(0)) > 0.05),
                last = points.FindLastIndex(p => Math.Abs(p.Y - Y(0)) > 0.05);
            if (first < 0) return "M0 0";
            // Every second one is enough for the eye.
            var shown = points.GetRange(first, last - first + 1).Where((_, i) => i % 2 == 0 || i == last - first);
            return Drawing.Path([(points[first].X, Y(0)), .. shown, (points[last].X, Y(0))]) + "Z";
        }

        var drawing = Drawing.Svg(Width, 2 * Panel, ToText(),
            Element("defs",
                Element("clipPath", ("id", ClipKey), Element("rect", ("x", above.Left), ("y", 0),
                    ("width", above.Right - above.Left), ("height", 2 * Panel)))),
            above.Frame("τ"), below.Frame("t"),
            Drawing.Heading(above.Left, 20, "f(τ)", Palette.Input),
            Drawing.Heading(above.Left + 80, 20, "g(t − τ), turned round", Palette.Kernel),
            Drawing.Heading(above.Left + 310, 20, "their product", Palette.Output),
            Drawing.Line(above.Left, Y(0), above.Right, Y(0), opacity: 0.5),
            Drawing.Line(below.Left, below.Y(0), below.Right, below.Y(0), opacity: 0.5),
            Element("g", ("clip-path", $"url(#{ClipKey})"),
                steps.Moving("path", [("fill", Palette.Output), ("fill-opacity", 0.45)], ("d", i => Area(T(i)))),
                Element("path", ("d", Drawing.Path(samples.Select(s => (X(s), Y(_f(s)))))), ("fill", "none"),
                    ("stroke", Palette.Input), ("stroke-width", 3)),
                steps.Moving("g",
                    [Element("path", ("d", Drawing.Path(wide.Select(s => (above.Left + s * unit, Y(_g(-s)))))), ("fill", "none"),
                        ("stroke", Palette.Kernel), ("stroke-width", 3))],
                    ("transform", i => $"translate({Number((T(i) - _from) * unit)} 0)"))),
            Drawing.Heading(below.Left, Panel + 20, "(f ∗ g)(t): the area, up to now", Palette.Output),
            Element("path", ("d", Drawing.Path(Enumerable.Range(0, Steps).Select(i => (below.X(T(i)), below.Y(_result[i]))))),
                ("fill", "none"), ("stroke", "currentColor"), ("stroke-opacity", 0.25), ("stroke-width", 2)),
            steps.Moving("path", [("fill", "none"), ("stroke", Palette.Output), ("stroke-width", 4)],
                ("d", i => Drawing.Path(Enumerable.Range(0, i + 1).Select(k => (below.X(T(k)), below.Y(_result[k])))))),
            steps.Moving("circle", [("r", 7), ("fill", Palette.Output)], ("cx", i => Number(below.X(T(i)))),
                ("cy", i => Number(below.Y(_result[i])))));
        return steps.ToMarkup(drawing, "t",
            i => $"{_title}: at t = {Numbers.Show(T(i))} the area under the product, (f ∗ g)(t), is {Numbers.Show(_result[i])}",
            pause: 120);
    }

    // Two figures on one page must not share a clip path's name.
    private string ClipKey =>
        "dc-" + string.Concat(_title.Where(char.IsAsciiLetter)) + Numbers.Show(_from).Replace('−', 'm').Replace('.', 'p');

    /// <inheritdoc/>
    public override string ToText()
    {
        var peak = Array.IndexOf(_result, _result.Max());
        return $"{_title}: f stands still, g is turned round and slides over it by t from {Numbers.Show(_from)} "
            + $"to {Numbers.Show(_to)}. The area under their product, (f ∗ g)(t), "
            + $"is {Numbers.Show(_result[0])} at the beginning, largest at t = {Numbers.Show(T(peak))} "
            + $"with {Numbers.Show(_result[peak])}, and {Numbers.Show(_result[^1])} at the end.";
    }
}
