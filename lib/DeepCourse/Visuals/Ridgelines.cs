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
    private const int Bins = 60, Row = 34, Ridge = 46, Width = 360, Head = 30, Foot = 58;

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
        var highest = Math.Max(1e-9, _rows.Select(r => r.Density.Max()).DefaultIfEmpty(0).Max());
        // The rows run downwards, from a row and a half above the first one, into which its ridge reaches.
        var rows = Axis.Of(_rows.Count - 1, -1.5, [.. Enumerable.Range(0, _rows.Count).Reverse().Select(i => (double)i)])
            .Writing(i => _rows[(int)i].Label);
        var axes = new Axes(Width, Head + Row * (_rows.Count + 0.5) + Foot, Axis.Linear(from, to, isTight: true, pieces: 4), rows,
            head: Head);
        return Drawing.Svg(Width, axes.Height, ToText(),
            Drawing.Text(axes.Left, 20, Title, 18, more: ("font-weight", "bold")),
            axes.Frame(axis),
            _rows.Select((row, i) => Element("path",
                ("d", Drawing.Path([(axes.X(from), axes.Y(i)),
                    .. row.Density.Select((d, b) => (axes.X(from + (b + 0.5) * (to - from) / Bins),
                        axes.Y(i) - d / highest * Ridge)), (axes.X(to), axes.Y(i))]) + "Z"),
                ("fill", colour), ("fill-opacity", 0.55), ("stroke", colour), ("stroke-width", 2))));
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"{(Title.Length > 0 ? Title + ": " : "")}{axis}, median by "
            + $"row: {string.Join(", ", _rows.Select(r => $"{r.Label} {Numbers.Show(r.Median)}"))}.";
}
