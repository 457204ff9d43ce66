using DeepCourse.Display;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>Which class was taken for which: rows are the truth, columns the answers; what is right stands on the
/// diagonal.</summary>
public sealed class ConfusionMatrix : Figure
{
    private const int Cell = 42, Left = 112, Top = 118;

    private readonly string _title;
    private readonly IReadOnlyList<string> _classes;
    private readonly int[,] _counts;

    /// <summary>Counts answers against the truth.</summary>
    /// <param name="title">Whose answers they are.</param>
    /// <param name="predictions">N class numbers. They stay the caller's.</param>
    /// <param name="labels">N class numbers, the truth. They stay the caller's.</param>
    /// <param name="classes">What the numbers mean.</param>
    /// <exception cref="ArgumentException">Different lengths, or a number that is no class.</exception>
    public ConfusionMatrix(string title, Tensor predictions, Tensor labels, IReadOnlyList<string> classes)
    {
        if (predictions.numel() != labels.numel() || labels.numel() == 0)
            throw new ArgumentException(
                $"There is one answer for each label; these are {predictions.numel()} and {labels.numel()}. Take the argmax over "
                    + "the classes first.");
        using var scope = NewDisposeScope();
        var (answers, truth) = (predictions.to(ScalarType.Int64).cpu().data<long>().ToArray(),
            labels.to(ScalarType.Int64).cpu().data<long>().ToArray());
        if (answers.Concat(truth).Any(v => v < 0 || v >= classes.Count))
            throw new ArgumentException(
                $"Class numbers run from 0 to {classes.Count - 1}; there is one "
                    + $"of {answers.Concat(truth).First(v => v < 0 || v >= classes.Count)}.");
        (_title, _classes, _counts) = (title, classes, new int[classes.Count, classes.Count]);
        for (var i = 0; i < truth.Length; i++) _counts[truth[i], answers[i]]++;
    }

    private int Total => _counts.Cast<int>().Sum();

    /// <summary>The share of right answers, from 0 to 1.</summary>
    public double Accuracy => Enumerable.Range(0, _classes.Count).Sum(i => _counts[i, i]) / (double)Total;

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var n = _classes.Count;
        return Drawing.Svg(Left + n * Cell + 48, Top + n * Cell + 8, ToText(),
            Drawing.Text(2, 20, $"{_title}: {Accuracy:0.0 %}", 18, more: ("font-weight", "bold")),
            Enumerable.Range(0, n).Select(i => new[]
            {
                Drawing.Text(Left - 6, Top + (i + 0.65) * Cell, _classes[i], anchor: "end"),
                Drawing.Text(0, 0, _classes[i],
                    more: ("transform", $"translate({Left + (i + 0.6) * Cell} {Top - 6}) rotate(-45)")),
            }),
            Enumerable.Range(0, n * n).Select(k => (Row: k / n, Column: k % n)).Select(c => Element("g",
                Element("rect", ("x", Left + c.Column * Cell), ("y", Top + c.Row * Cell), ("width", Cell), ("height", Cell),
                    ("stroke", "currentColor"), ("stroke-opacity", 0.25),
                    ("fill", c.Row == c.Column ? Palette.Output : Palette.Validation),
                    ("fill-opacity", 0.75 * Math.Sqrt(_counts[c.Row, c.Column] / (double)Math.Max(1, Row(c.Row)))),
                    Element("title",
                        $"{_classes[c.Row]} taken for {_classes[c.Column]}: {_counts[c.Row, c.Column]} of {Row(c.Row)}")),
                _counts[c.Row, c.Column] == 0
                    ? null
                    : Drawing.Text(Left + (c.Column + 0.5) * Cell, Top + (c.Row + 0.64) * Cell, $"{_counts[c.Row, c.Column]}",
                        anchor: "middle"))));
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var worst = Enumerable.Range(0, _counts.Length)
            .Select(k => (Row: k / _classes.Count, Column: k % _classes.Count))
            .Where(c => c.Row != c.Column)
            .OrderByDescending(c => _counts[c.Row, c.Column])
            .Take(3)
            .Where(c => _counts[c.Row, c.Column] > 0)
            .Select(c => $"{_classes[c.Row]} taken for {_classes[c.Column]} {_counts[c.Row, c.Column]} times");
        return $"{_title}: {Accuracy:0.0 %} of {Total:N0} right. Most often wrong: {string.Join(", ", worst)}.";
    }

    private int Row(int row) => Enumerable.Range(0, _classes.Count).Sum(c => _counts[row, c]);
}
