using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// How alike two pixels are, by their distance, measured on photographs: the brightness of pairs as dots, at a distance that the
/// reader picks, and the correlation over all distances. Neighbours are nearly the same: that is why a small window says so much.
/// </summary>
public sealed class PixelCorrelation : Figure
{
    private const int Dots = 500, Width = 400, Height = 390;

    private readonly (int Distance, double Correlation, (float A, float B)[] Pairs)[] _measured;

    /// <summary>Measures on <paramref name="pictures"/> at <paramref name="distances"/>, in pixels, along rows.</summary>
    /// <exception cref="ArgumentException">No pictures, or a distance that does not fit into one of them.</exception>
    public PixelCorrelation(IReadOnlyList<Picture> pictures, params IReadOnlyList<int> distances)
    {
        if (pictures.Count == 0 || distances.Count == 0)
            throw new ArgumentException("At least one picture and one distance are needed.");
        if (distances.Min() < 1 || distances.Max() >= pictures.Min(p => p.Width))
            throw new ArgumentException(
                $"Distances are at least 1 and less than the narrowest picture's width, {pictures.Min(p => p.Width)}.");
        var grey = pictures.Select(p => p.ToGrey()).ToList();
        _measured = [.. distances.Select(d => Measure(grey, d))];
    }

    /// <summary>The correlation of two pixels of a row at each distance, from −1 to 1.</summary>
    public IReadOnlyDictionary<int, double> Correlations => _measured.ToDictionary(m => m.Distance, m => m.Correlation);

    private static (int, double, (float, float)[]) Measure(List<Picture> pictures, int distance)
    {
        double n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
        foreach (var picture in pictures)
            for (var r = 0; r < picture.Height; r++)
                for (var c = 0; c + distance < picture.Width; c++)
                {
                    double x = picture[0, r, c], y = picture[0, r, c + distance];
                    (n, a, b, aa, bb, ab) = (n + 1, a + x, b + y, aa + x * x, bb + y * y, ab + x * y);
                }
        var correlation = (ab / n - a / n * (b / n)) / Math.Sqrt((aa / n - a / n * (a / n)) * (bb / n - b / n * (b / n)));
        var random = new Random(distance);
        var pairs = Enumerable.Range(0, Dots).Select(i =>
        {
            var picture = pictures[i % pictures.Count];
            var (r, c) = (random.Next(picture.Height), random.Next(picture.Width - distance));
            return (picture[0, r, c], picture[0, r, c + distance]);
        }).ToArray();
        return (distance, correlation, pairs);
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var steps = new Steps(_measured.Length);
        var farthest = _measured.Max(m => m.Distance);
        var pairs = new Axes(Width, Height, Axis.Of(0, 1, 0, 0.5, 1), Axis.Of(0, 1, 0, 0.5, 1));
        // Distances are powers of two as a rule, so their logarithms are evenly spread.
        var curve = new Axes(Width, Height,
            farthest > 1
                ? Axis.Of(-0.08 * Math.Log2(farthest), 1.04 * Math.Log2(farthest),
                    [.. _measured.Select(m => Math.Log2(m.Distance)).Order()])
                    .Writing(v => Numbers.Show(Math.Pow(2, v)))
                : Axis.Of(-1, 1, 0).Writing(_ => "1"),
            Axis.Linear(Math.Min(0, _measured.Min(m => m.Correlation)), 1));
        double X(int i) => curve.X(Math.Log2(_measured[i].Distance));
        double Y(int i) => curve.Y(_measured[i].Correlation);
        var drawing = Element("div", ("style", "display:flex;flex-wrap:wrap;gap:8px 20px;"),
            Drawing.Svg(Width, Height, ToText(), pairs.Frame("brightness of a pixel"),
                Drawing.Heading(pairs.Left, 20, "brightness of the other one", Palette.Input),
                steps.Moving("path",
                    [("stroke", Palette.Input), ("stroke-width", 4), ("stroke-opacity", 0.45), ("stroke-linecap", "round")],
                    ("d", i => string.Concat(_measured[i].Pairs.Select(p =>
                        $"M{Math.Round(pairs.X(p.A))} {Math.Round(pairs.Y(p.B))}h0"))))),
            Drawing.Svg(Width, Height, "correlation over the distance", curve.Frame("distance in pixels"),
                Drawing.Heading(curve.Left, 20, "correlation", Palette.Output),
                Enumerable.Range(0, _measured.Length)
                    .Select(i => Element("circle", ("data-step", i), ("cx", X(i)), ("cy", Y(i)), ("r", 6),
                        ("fill", Palette.Output))),
                curve.Curve(_measured.Select(m => (Math.Log2(m.Distance), m.Correlation)), Palette.Output),
                steps.Moving("circle", [("r", 11), ("fill", "none"), ("stroke", Palette.Kernel), ("stroke-width", 4)],
                    ("cx", i => Number(X(i))), ("cy", i => Number(Y(i))))));
        return steps.ToMarkup(drawing, "distance",
            i => $"Pixels that are {_measured[i].Distance} apart: correlation {Numbers.Show(_measured[i].Correlation)}",
            pause: 1200);
    }

    /// <inheritdoc/>
    public override string ToText() =>
        "Correlation of the brightness of two pixels by their "
            + $"distance: {string.Join(", ", _measured.Select(m => $"{Numbers.Show(m.Correlation)} at {m.Distance}"))} pixels.";
}
