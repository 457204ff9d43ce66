using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// What hand-made features see of an image: in every cell a star of nine strokes, each as long as there are edges that run its
/// way (<see cref="OrientedGradients"/>).
/// </summary>
public sealed class GradientFigure : Figure
{
    private const double Scale = 9;

    private readonly Picture _picture;
    private readonly float[] _histograms;
    private readonly int _cell;

    /// <summary>Shows the histograms of <paramref name="picture"/>, with cells of a side of <paramref name="cell"/>
    /// pixels.</summary>
    public GradientFigure(Picture picture, int cell = 7)
    {
        (_picture, _cell) = (picture.ToGrey(), cell);
        using var image = _picture.ToTensor();
        using var batch = image.unsqueeze(0);
        using var histograms = OrientedGradients.Histograms(batch, cell);
        _histograms = histograms.ToFloats();
    }

    private int Rows => _picture.Height / _cell;

    private int Columns => _picture.Width / _cell;

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        double width = _picture.Width * Scale, height = _picture.Height * Scale;
        return Drawing.Svg(width, height, ToText(),
            Element("foreignObject", ("x", 0), ("y", 0), ("width", width), ("height", height), ("style", "opacity:.45;"),
                _picture.ToCover()),
            Enumerable.Range(0, Rows * Columns * OrientedGradients.Bins).Select(i =>
            {
                var (bin, place) = (i % OrientedGradients.Bins, i / OrientedGradients.Bins);
                var (row, column) = (place / Columns, place % Columns);
                // Channels come bin by bin.
                var strength = _histograms[(bin * Rows + row) * Columns + column];
                // The stroke runs along the edge, across the gradient.
                var angle = bin * Math.PI / OrientedGradients.Bins + Math.PI / 2;
                double x = (column + 0.5) * _cell * Scale, y = (row + 0.5) * _cell * Scale,
                    length = strength * _cell * Scale * 0.5;
                return strength < 0.05
                    ? null
                    : Drawing.Line(x - Math.Cos(angle) * length, y - Math.Sin(angle) * length, x + Math.Cos(angle) * length,
                        y + Math.Sin(angle) * length, Palette.Kernel, 3);
            }));
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        string[] ways = ["upright", "20° from upright", "40° from upright", "60° from upright", "nearly level", "nearly level",
            "60° from upright", "40° from upright", "20° from upright"];
        var sums = Enumerable.Range(0, OrientedGradients.Bins)
            .Select(b => Enumerable.Range(0, Rows * Columns).Sum(p => _histograms[b * Rows * Columns + p]))
            .ToArray();
        return $"Histograms of oriented gradients in {Rows}×{Columns} cells: {_histograms.Length} numbers. Most edges "
            + $"run {ways[Array.IndexOf(sums, sums.Max())]}.";
    }
}
