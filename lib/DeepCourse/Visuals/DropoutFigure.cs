using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// Dropout (Srivastava et al. 2014, figure 1): a network whole, and beside it what is left of it in a step of training, with
/// another mask in every step. Below, how a unit's output is scaled so that its mean is what it is at test time.
/// </summary>
public sealed class DropoutFigure : Figure
{
    private const double Column = 90, Row = 52, Radius = 15, Top = 60, Left = 30, Gap = 90;
    private const int Masks = 8;

    private readonly IReadOnlyList<int> _sizes;
    private readonly double _p;
    private readonly bool[][][] _kept;

    /// <summary>Draws the masks.</summary>
    /// <param name="p">The share of hidden units that is left out, from 0 to below 1.</param>
    /// <param name="sizes">Units of the layers; inputs first, outputs last, which are never left out here.</param>
    /// <param name="seed">Of the masks.</param>
    /// <exception cref="ArgumentException">A share that is none, or fewer than three layers.</exception>
    public DropoutFigure(double p = 0.5, IReadOnlyList<int>? sizes = null, int seed = 1)
    {
        if (p is < 0 or >= 1)
            throw new ArgumentException($"Dropout leaves out a share from 0 to below 1; {p} is none.", nameof(p));
        _sizes = sizes ?? [4, 5, 5, 2];
        if (_sizes.Count < 3 || _sizes.Any(s => s < 1))
            throw new ArgumentException("Inputs, at least one hidden layer, outputs: three sizes of 1 or more.", nameof(sizes));
        var random = new Random(seed);
        _p = p;
        _kept = [
            .. Enumerable.Range(0, Masks)
                .Select(_ =>
                    _sizes.Select((size, layer) => Enumerable.Range(0, size)
                        .Select(_ => layer == 0 || layer == _sizes.Count - 1 || random.NextDouble() >= p)
                        .ToArray()).ToArray())];
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var steps = new Steps(Masks);
        var width = Shift + (_sizes.Count - 1) * Column + 2 * Left;
        var bottom = Top + _sizes.Max() * Row;
        return steps.ToMarkup(Drawing.Svg(Math.Max(width, 640), bottom + 132, ToText(),
            Drawing.Text(Left - Radius, 24, "the network, as at test time", 18, more: ("font-weight", "bold")),
            Drawing.Text(Left - Radius + Shift, 24, "a step of training", 18, more: ("font-weight", "bold")),
            Network(0, null), Network(Shift, steps),
            Scale(bottom + 40)), "training step", Caption, pause: 900);
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"Dropout with p = {_p}: of a network {string.Join("–", _sizes)}, every step of training leaves out other hidden units "
            + $"({string.Join("; ", Enumerable.Range(0, 3).Select(m => $"step {m + 1}: {Dropped(m)} of {Hidden}"))}). "
        + $"What is kept is multiplied by 1/(1 − p) = {Numbers.Show(1 / (1 - _p))}, so that the mean is the unit's own output, "
        + "which is what it gives at test time.";

    private double Shift => (_sizes.Count - 1) * Column + Left + Gap;

    private int Hidden => _sizes.Skip(1).SkipLast(1).Sum();

    private int Dropped(int mask) => _kept[mask].Sum(l => l.Count(k => !k));

    private string Caption(int mask) =>
        $"step {mask + 1}: {Dropped(mask)} of {Hidden} hidden units are left out, "
            + $"another {(Hidden - Dropped(mask) == 1 ? "one is" : $"{Hidden - Dropped(mask)} are")} trained";

    private IEnumerable<Markup> Network(double left, Steps? steps)
    {
        double X(int layer) => left + Left + layer * Column;
        double Y(int layer, int unit) => Top + (_sizes.Max() - _sizes[layer]) * Row / 2 + unit * Row + Radius;
        for (var layer = 0; layer + 1 < _sizes.Count; layer++)
            for (var from = 0; from < _sizes[layer]; from++)
                for (var to = 0; to < _sizes[layer + 1]; to++)
                {
                    var (l, f, t) = (layer, from, to);
                    object?[] line = [("x1", X(l) + Radius), ("y1", Y(l, f)), ("x2", X(l + 1) - Radius), ("y2", Y(l + 1, t)),
                        ("stroke", Palette.Kernel), ("stroke-width", 1.5)];
                    yield return steps is null
                        ? Element("line", line)
                        : steps.Moving("line", line, ("stroke-opacity", m => _kept[m][l][f] && _kept[m][l + 1][t] ? "1" : "0"));
                }
        for (var layer = 0; layer < _sizes.Count; layer++)
            for (var unit = 0; unit < _sizes[layer]; unit++)
            {
                var (l, u) = (layer, unit);
                var colour = l == 0 ? Palette.Input : Palette.Output;
                object?[] circle = [("cx", X(l)), ("cy", Y(l, u)), ("r", Radius), ("fill", colour), ("stroke", "currentColor"),
                    ("stroke-width", 1.5)];
                yield return steps is null
                    ? Element("circle", circle)
                    : steps.Moving("circle", circle, ("fill-opacity", m => _kept[m][l][u] ? "1" : "0"),
                        ("stroke-dasharray", m => _kept[m][l][u] ? "none" : "3 3"));
                if (steps is not null && l > 0 && l < _sizes.Count - 1)
                    yield return steps.Moving("text",
                        [("x", X(l)), ("y", Y(l, u) + 7), ("text-anchor", "middle"), ("font-size", 20), ("fill", "currentColor")],
                        ("text", m => _kept[m][l][u] ? "" : "✕"));
            }
    }

    /// <summary>One number line: what a unit that would give 1 gives in training, how often, and at test time.</summary>
    private IEnumerable<Markup> Scale(double y)
    {
        double X(double value) => 130 + value / (1 / (1 - _p)) * 360;
        var scaled = 1 / (1 - _p);
        yield return Drawing.Text(0, y - 14, "a unit that would give 1:", 16);
        yield return Drawing.Line(X(0) - 20, y + 30, X(scaled) + 40, y + 30, width: 2);
        yield return Element("circle", ("cx", X(0)), ("cy", y + 30), ("r", 5 + 12 * _p), ("fill", Palette.Training));
        yield return Element("circle", ("cx", X(scaled)), ("cy", y + 30), ("r", 5 + 12 * (1 - _p)), ("fill", Palette.Training));
        yield return Element("circle", ("cx", X(1)), ("cy", y + 30), ("r", 10), ("fill", "none"), ("stroke", Palette.Validation),
            ("stroke-width", 4));
        yield return Drawing.Text(X(0), y + 64, $"training: 0, {_p:0 %} of the time", anchor: "middle");
        yield return Drawing.Text(X(scaled), y + 64, $"training: 1/(1 − p) = {Numbers.Show(scaled)}, {1 - _p:0 %}",
            anchor: "middle");
        yield return Drawing.Text(X(1), y + 8, "test, and the mean of training: 1", anchor: "middle");
    }
}
