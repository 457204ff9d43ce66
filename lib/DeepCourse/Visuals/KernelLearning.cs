using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>
/// How a kernel's weights are learned: the weights as they change beside those that they should become, and the loss below.
/// Collected in the training loop with
/// <see cref="Add"/>; can be shown while it goes on.
/// </summary>
/// <param name="target">The kernel that is to be recovered.</param>
public sealed class KernelLearning(Kernel target) : Figure
{
    private const int Cell = 62, Gap = 70, Top = 34, Curve = 150;

    private readonly List<(int Step, float[] Weights, double Loss)> _history = [];

    /// <summary>Notes the weights after a step, and returns this figure.</summary>
    /// <param name="step">The step of the training.</param>
    /// <param name="weights">As many weights as the target has, in any shape. The tensor stays the caller's.</param>
    /// <param name="loss">The loss at this step.</param>
    /// <exception cref="ArgumentException">Another number of weights.</exception>
    public KernelLearning Add(int step, Tensor weights, double loss)
    {
        if (weights.numel() != target.Rows * target.Columns)
            throw new ArgumentException(
                $"The kernel has {target.Rows}×{target.Columns} weights; these are {string.Join('×', weights.shape)}.",
                nameof(weights));
        _history.Add((step, weights.ToFloats(), loss));
        return this;
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        if (_history.Count == 0) return Element("div", ToText());
        var steps = new Steps(_history.Count);
        var largest = Enumerable.Range(0, target.Rows * target.Columns)
            .Max(i => Math.Abs(target[i / target.Columns, i % target.Columns]));
        double targetX = target.Columns * Cell + Gap, width = Math.Max(2 * target.Columns * Cell + Gap + 4, 470);
        double curveTop = Top + target.Rows * Cell + 56, highest = Math.Log10(_history.Max(h => h.Loss) + 1e-12),
            lowest = Math.Log10(_history.Min(h => h.Loss) + 1e-12);
        double X(int i) => 68 + (width - 88) * i / Math.Max(1, _history.Count - 1);
        double Y(int i) =>
            curveTop + (highest > lowest ? (highest - Math.Log10(_history[i].Loss + 1e-12)) / (highest - lowest) : 0.5) * Curve;
        var drawing = Drawing.Svg(width, curveTop + Curve + 34, ToText(),
            Drawing.Heading(2, 20, "learned", Palette.Kernel), Drawing.Heading(targetX, 20, "true", Palette.Output),
            Enumerable.Range(0, target.Rows * target.Columns).Select(w =>
            {
                double x = 2 + w % target.Columns * Cell, y = Top + w / target.Columns * Cell;
                return Element("g",
                    Element("rect", ("x", x), ("y", y), ("width", Cell), ("height", Cell), ("fill", "none"),
                        ("stroke", "currentColor"), ("stroke-opacity", 0.35)),
                    steps.Moving("rect", [("x", x), ("y", y), ("width", Cell), ("height", Cell)],
                        ("fill", i => _history[i].Weights[w] >= 0 ? Palette.Kernel : Palette.Input),
                        ("fill-opacity", i => Number(Math.Min(0.65, 0.6 * Math.Abs(_history[i].Weights[w]) / largest)))),
                    steps.Moving("text",
                        [("x", x + Cell / 2), ("y", y + Cell * 0.6), ("text-anchor", "middle"), ("font-size", 18),
                            ("fill", "currentColor")], ("text", i => Numbers.Show(_history[i].Weights[w]))),
                    Grid.Cell(targetX + w % target.Columns * Cell, y, Cell,
                        Numbers.Show(target[w / target.Columns, w % target.Columns]),
                        Grid.Signed(target[w / target.Columns, w % target.Columns], largest)));
            }),
            Drawing.Heading(2, curveTop - 14, "loss, logarithmic", Palette.Training),
            Drawing.Text(60, curveTop + 10, $"{_history.Max(h => h.Loss):0.0e0}", anchor: "end"),
            Drawing.Text(60, curveTop + Curve, $"{_history.Min(h => h.Loss):0.0e0}", anchor: "end"),
            Drawing.Text(width - 20, curveTop + Curve + 26, $"step {_history[^1].Step}", anchor: "end"),
            Drawing.Text(68, curveTop + Curve + 26, $"step {_history[0].Step}"),
            Element("path", ("d", Drawing.Path(Enumerable.Range(0, _history.Count).Select(i => (X(i), Y(i))))), ("fill", "none"),
                ("stroke", Palette.Training), ("stroke-width", 3)),
            steps.Moving("circle", [("r", 7), ("fill", Palette.Training)], ("cx", i => Number(X(i))), ("cy", i => Number(Y(i)))));
        return steps.ToMarkup(drawing, "training step",
            i =>
                $"step {_history[i].Step}: loss {_history[i].Loss:0.00e0}, the weights are off by at most {Numbers.Show(Off(i))}",
                pause: 200);
    }

    /// <inheritdoc/>
    public override string ToText() => _history.Count == 0 ? "A kernel that has learned nothing yet." :
        $"A {target.Rows}×{target.Columns} kernel learns to be “{target.Name}” in {_history[^1].Step} steps: the loss falls "
            + $"from {_history[0].Loss:0.0e0} to {_history[^1].Loss:0.0e0}, the weights end off by at "
            + $"most {Numbers.Show(Off(_history.Count - 1))}.\n"
        + Numbers.Table(target.Rows, target.Columns, (r, c) => _history[^1].Weights[r * target.Columns + c]);

    private double Off(int i) =>
        _history[i].Weights.Select((w, k) => Math.Abs(w - target[k / target.Columns, k % target.Columns])).Max();
}
