using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>
/// Distributions one above the other, such as a network's gradients, layer by layer: <c>new Ridgelines("gradient, log10", -12,
/// 0).Add("layer 1", values)</c>.
/// </summary>
/// <param name="axis">What the common axis measures.</param>
/// <param name="from">Where it begins.</param>
/// <param name="to">Where it ends; values beyond are counted at its ends.</param>
/// <param name="colour">Of the ridges; the gradient's own when left out.</param>
public sealed class Ridgelines(string axis, double from, double to, string colour = Palette.Gradient) : Figure
{
    private const int Bins = 60, Row = 34, Height = 46, Left = 80, Width = 310;

    private readonly List<(string Label, double[] Density, double Median)> _rows = [];

    /// <summary>A title above the drawing.</summary>
    public string Title { get; init; } = "";

    /// <summary>Adds the distribution of <paramref name="values"/>, of any shape, which stay the caller's. Returns this
    /// figure.</summary>
    public Ridgelines Add(string label, Tensor values)
    {
        var sorted = values.ToFloats();
        if (sorted.Length == 0) throw new ArgumentException($"There are no values in '{label}'.", nameof(values));
        Array.Sort(sorted);
        var density = new double[Bins];
        foreach (var value in sorted)
            density[Math.Clamp((int)((value - from) / (to - from) * Bins), 0, Bins - 1)] += 1.0 / sorted.Length;
        _rows.Add((label, density, sorted[sorted.Length / 2]));
        return this;
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var highest = Math.Max(1e-9, _rows.Max(r => r.Density.Max()));
        double X(double value) => Left + (value - from) / (to - from) * (Width - Left - 10);
        double Y(int row) => 60 + Row * row + 20;
        return Drawing.Svg(Width, Y(_rows.Count) + 32, ToText(),
            Drawing.Text(Left, 20, Title, 18, more: ("font-weight", "bold")),
            _rows.Select((row, i) => new[]
            {
                Element("path",
                    ("d",
                        Drawing.Path([(X(from), Y(i)),
                            .. row.Density.Select((d, b) => (X(from + (b + 0.5) * (to - from) / Bins),
                                Y(i) - d / highest * Height)), (X(to), Y(i))]) + "Z"), ("fill", colour), ("fill-opacity", 0.55),
                                ("stroke", colour), ("stroke-width", 2)),
                Drawing.Text(Left - 8, Y(i), row.Label, anchor: "end"),
            }),
            new[] { from, (from + to) / 2, to }
                .Select((v, i) => Drawing.Text(X(v), Y(_rows.Count - 1) + 22, Numbers.Show(v),
                    anchor: i == 0 ? "start" : i == 1 ? "middle" : "end")),
            Drawing.Text((X(from) + X(to)) / 2, Y(_rows.Count - 1) + 46, axis, anchor: "middle"));
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"{(Title.Length > 0 ? Title + ": " : "")}{axis}, median by "
            + $"row: {string.Join(", ", _rows.Select(r => $"{r.Label} {Numbers.Show(r.Median)}"))}.";
}
