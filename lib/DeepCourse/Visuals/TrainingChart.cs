using DeepCourse.Display;
using DeepCourse.Training;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// Loss and accuracy over the epochs. Of one training: both curves, training and validation, with the best epoch, and the one
/// that was stopped at, marked. Of several: their validation curves, each in its colour, and their training curves dashed.
/// </summary>
/// <param name="runs">The trainings.</param>
public sealed class TrainingChart(params IReadOnlyList<History> runs) : Figure
{
    private const double Width = 430, Height = 300, Left = 64, Right = 14, Top = 34, Bottom = 56, Gap = 20;

    // Okabe and Ito's colours, in an order in which neighbours differ most.
    private static readonly string[] Colours = [Palette.Input, Palette.Validation, Palette.Output, Palette.Kernel,
        Palette.Gradient, Palette.Training, "#999999", "#F0E442"];

    private static readonly string[] BothParts = ["training", "validation"];

    private static readonly int[] RoundNumbers = [1, 2, 5, 10];

    private readonly IReadOnlyList<History> _runs = runs.Count > 0
        ? runs
        : throw new ArgumentException("There is no training to draw.", nameof(runs));

    /// <summary>How many epochs there are to be; the axis ends there. As many as there are, when left out.</summary>
    public int? Epochs { get; init; }

    /// <summary>Whether the reader can walk through the epochs; not while the figure is still changing.</summary>
    internal bool IsLive { get; init; }

    /// <summary>Why a single training ended.</summary>
    internal string Message => IsOne ? _runs[0].Message : "";

    private bool IsOne => _runs.Count == 1;

    // More than three runs with two curves each are a tangle.
    private bool ShowsTraining => _runs.Count <= 3;

    private int Longest => Math.Max(1, Math.Max(Epochs ?? 0, _runs.Max(r => r.Epochs.Count)));

    private IEnumerable<string> Measures =>
        _runs.SelectMany(r => r.Columns)
            .Where(c => c.StartsWith("training ", StringComparison.Ordinal))
            .Select(c => c["training ".Length..])
            .Distinct()
            .Take(3);

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        if (_runs.All(r => r.Epochs.Count == 0)) return Element("div", ToText());
        var measures = Measures.ToList();
        var legendRows = IsOne ? 0 : (_runs.Count + 1) / 2;
        var (width, height) = (measures.Count * (Width + Gap) - Gap, Height + 26 * legendRows);
        if (!IsOne || IsLive || _runs[0].Epochs.Count < 2)
            return Drawing.Svg(width, height, ToText(), measures.Select((m, i) => Panel(m, i * (Width + Gap), null)), Legend());
        var steps = new Steps(_runs[0].Epochs.Count);
        return steps.ToMarkup(Drawing.Svg(width, height, ToText(), measures.Select((m, i) => Panel(m, i * (Width + Gap), steps))),
            "epoch", Caption, pause: 400);
    }

    /// <inheritdoc/>
    public override string ToText() => string.Join('\n', _runs.Select(r =>
    {
        var name = r.Name.Length > 0 ? r.Name + ": " : "";
        if (r.Epochs.Count == 0) return $"{name}no epoch is finished yet. {r.Message}".TrimEnd();
        var text = string.Join("; ",
            Measures.Where(m => r.Columns.Contains($"training {m}"))
                .Select(m =>
                    $"{m} over {r.Epochs.Count} {(r.Epochs.Count == 1 ? "epoch" : "epochs")}: "
                        + $"{string.Join(", ", Parts(r, m).Select(p => $"{p} {Course(r[$"{p} {m}"], Mode.Auto.IsMax(m))}"))}"));
        return $"{name}{text}. {r.Message}".TrimEnd();
    }));

    private static IEnumerable<string> Parts(History run, string measure) =>
        BothParts.Where(p => run.Columns.Contains($"{p} {measure}"));

    private IEnumerable<string> Drawn(History run, string measure) =>
        ShowsTraining ? Parts(run, measure) : Parts(run, measure).Reverse().Take(1);

    /// <summary>"from 2.30 to 0.41 at epoch 7, then 0.66": where a curve begins, where it is best, and where it ends if that is
    /// elsewhere.</summary>
    private static string Course(IReadOnlyList<double> values, bool isMax)
    {
        var best = Enumerable.Range(0, values.Count)
            .Where(i => double.IsFinite(values[i]))
            .DefaultIfEmpty(0)
            .Aggregate((a, b) => (isMax ? values[b] > values[a] : values[b] < values[a]) ? b : a);
        return values.Count == 1
            ? $"{values[0]:0.000}"
            : best == values.Count - 1 ? $"from {values[0]:0.000} to {values[^1]:0.000}"
            : best == 0 ? $"from {values[0]:0.000}, its best, to {values[^1]:0.000}"
            : $"from {values[0]:0.000} to {values[best]:0.000} at epoch {best + 1}, then {values[^1]:0.000}";
    }

    private string Caption(int step)
    {
        var epoch = _runs[0].Epochs[step];
        return $"epoch {epoch.Number}: "
            + $"{string.Join(", ",
                epoch.Values.Where(v => v.Key is not (Measured.Seconds or Measured.LearningRate))
                    .Select(v => $"{v.Key} {v.Value:0.000}"))}";
    }

    private Markup Panel(string measure, double x0, Steps? steps)
    {
        var isMax = Mode.Auto.IsMax(measure);
        List<double> values = [
            .. _runs.SelectMany(r => Drawn(r, measure).SelectMany(p => r[$"{p} {measure}"])).Where(double.IsFinite)];
        if (values.Count == 0) values = [0, 1];
        // One huge loss must not press all others flat: it goes out of the picture.
        var (low, high, step) = Ticks(isMax || !ShowsTraining ? values.Min() : Math.Min(0, values.Min()),
            isMax ? values.Max() : Math.Min(values.Max(), Math.Max(4 * values.Order().ElementAt(values.Count / 2), 1e-9)));
        double X(double epoch) => x0 + Left + (Longest == 1 ? 0.5 : (epoch - 1) / (Longest - 1)) * (Width - Left - Right);
        double Y(double value) => Top + (high - Math.Clamp(value, low, high)) / (high - low) * (Height - Top - Bottom);
        var every = Math.Max(1, (int)Math.Ceiling(Longest / 10.0));
        var curves = _runs.SelectMany((r, k) => Drawn(r, measure).Select(p => Curve(r, k, p, measure, X, Y)));
        return Element("g",
            Enumerable.Range(0, (int)Math.Round((high - low) / step) + 1)
                .Select(i => low + i * step)
                .Select(v => new[] { Drawing.Line(x0 + Left, Y(v), x0 + Width - Right, Y(v), opacity: 0.15),
                    Drawing.Text(x0 + Left - 8, Y(v) + 5, Tick(v, step), anchor: "end") }),
            Enumerable.Range(1, Longest)
                .Where(e => e == 1 || e % every == 0)
                .Select(e => Drawing.Text(X(e), Height - Bottom + 22, $"{e}", anchor: "middle")),
            Drawing.Text(x0 + (Left + Width - Right) / 2, Height - 10, "epoch", anchor: "middle"),
            IsOne
                ? [Drawing.Text(x0 + Left, 20, measure, 18, more: ("font-weight", "bold")),
                    .. Parts(_runs[0], measure)
                        .Select((p, i) => Drawing.Heading(x0 + Left + 110 + 110 * i, 20, p,
                            p == "training" ? Palette.Training : Palette.Validation))]
                : new[] { Drawing.Text(x0 + Left, 20, measure, 18, more: ("font-weight", "bold")),
                    Drawing.Text(x0 + Left + 105, 20, ShowsTraining ? "— validation   - - training" : "validation", 15) },
            IsOne ? Marks(_runs[0], X, Top, Height - Bottom, x0) : null,
            curves,
            steps?.Moving("line", [("y1", Top), ("y2", Height - Bottom), ("stroke", "currentColor"), ("stroke-opacity", 0.5)],
                ("x1", i => Number(X(i + 1))), ("x2", i => Number(X(i + 1)))),
            steps is null
                ? null
                : Parts(_runs[0], measure)
                    .Select(p => steps.Moving("circle",
                        [("r", 6), ("fill", p == "training" ? Palette.Training : Palette.Validation)],
                ("cx", i => Number(X(i + 1))), ("cy", i => Number(Y(Finite(_runs[0][$"{p} {measure}"][i])))))));
    }

    private Markup Curve(History run, int number, string part, string measure, Func<double, double> x, Func<double, double> y)
    {
        var colour = IsOne ? part == "training" ? Palette.Training : Palette.Validation : Colours[number % Colours.Length];
        var values = run[$"{part} {measure}"];
        var points = Enumerable.Range(0, values.Count)
            .Where(i => double.IsFinite(values[i]))
            .Select(i => (X: x(i + 1), Y: y(values[i])))
            .ToList();
        var isSide = !IsOne && part == "training";
        return Element("g",
            Element("path", ("d", Drawing.Path(points)), ("fill", "none"), ("stroke", colour), ("stroke-width", isSide ? 1.5 : 3),
                ("stroke-dasharray", isSide ? "6 4" : null),
                Element("title",
                    $"{(run.Name.Length > 0 ? run.Name + ", " : "")}{part} {measure}: "
                        + $"{Course(values, Mode.Auto.IsMax(measure))}")),
            points.Count == 1 ? Element("circle", ("cx", points[0].X), ("cy", points[0].Y), ("r", 5), ("fill", colour)) : null);
    }

    private static IEnumerable<Markup> Marks(History run, Func<double, double> x, double top, double bottom, double x0)
    {
        if (run.Restored is { } restored) yield return Mark(restored, "restored", Palette.Output, 14);
        if (run.Reason is StopReason.Stopped or StopReason.Interrupted && run.Epochs.Count > 0)
            yield return Mark(run.Last.Number, run.Reason == StopReason.Stopped ? "stopped" : "interrupted", Palette.Kernel,
                run.Restored is null ? 14 : 32);

        Markup Mark(int epoch, string text, string colour, double down)
        {
            var onLeft = x(epoch) > x0 + Width / 2;
            return Element("g", Drawing.Line(x(epoch), top, x(epoch), bottom, colour, 2, dashes: "3 3"),
                Drawing.Text(x(epoch) + (onLeft ? -6 : 6), top + down, $"{text} {epoch}", 16, onLeft ? "end" : "start"));
        }
    }

    private IEnumerable<Markup> Legend() =>
        IsOne
            ? []
            : _runs.Select((r, k) => Drawing.Heading(Left + k % 2 * 330, Height + 16 + 26 * (k / 2),
                r.Name.Length > 0 ? r.Name : $"run {k + 1}", Colours[k % Colours.Length]));

    /// <summary>An axis that ends at round numbers: where it begins, where it ends, and how far its lines are apart.</summary>
    private static (double Low, double High, double Step) Ticks(double low, double high)
    {
        if (high - low < 1e-9) (low, high) = (low - 0.05, high + 0.05);
        var rough = (high - low) / 5;
        var unit = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = unit * RoundNumbers.First(m => unit * m >= rough);
        return (Math.Floor(low / step) * step, Math.Ceiling(high / step) * step, step);
    }

    private static string Tick(double value, double step) =>
        value.ToString(step >= 1 ? "0" : step >= 0.1 ? "0.0" : step >= 0.01 ? "0.00" : "0.000",
            System.Globalization.CultureInfo.InvariantCulture);

    private static double Finite(double value) => double.IsFinite(value) ? value : double.IsPositiveInfinity(value) ? 1e30 : 0;
}
