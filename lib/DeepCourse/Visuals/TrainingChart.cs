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
    private const double Width = 430, Height = 300;

    // Okabe and Ito's colours, in an order in which neighbours differ most.
    private static readonly string[] Colours = [Palette.Input, Palette.Validation, Palette.Output, Palette.Kernel,
        Palette.Gradient, Palette.Training, "#999999", "#F0E442"];

    private static readonly string[] BothParts = ["training", "validation"];

    private readonly IReadOnlyList<History> _runs = runs.Count > 0
        ? runs
        : throw new ArgumentException("There is no training to draw.", nameof(runs));

    /// <summary>Several trainings in one chart.</summary>
    public static TrainingChart Compare(params IReadOnlyList<History> runs) => new(runs);

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
        if (!IsOne || IsLive || _runs[0].Epochs.Count < 2)
            return Element("div", Panels(null), IsOne ? null : Legend());
        var steps = new Steps(_runs[0].Epochs.Count);
        return steps.ToMarkup(Panels(steps), "epoch", Caption, pause: 400);
    }

    /// <summary>Side by side where there is room, else one below the other.</summary>
    private Markup Panels(Steps? steps) =>
        Element("div", ("style", "display:flex;flex-wrap:wrap;gap:8px 20px;"),
            Measures.Select((m, i) => Drawing.Svg(Width, Height, i == 0 ? ToText() : $"{m} over the epochs", Panel(m, steps))));

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

    private IEnumerable<object?> Panel(string measure, Steps? steps)
    {
        var isMax = Mode.Auto.IsMax(measure);
        List<double> values = [
            .. _runs.SelectMany(r => Drawn(r, measure).SelectMany(p => r[$"{p} {measure}"])).Where(double.IsFinite)];
        if (values.Count == 0) values = [0, 1];
        // One huge loss must not press all others flat: it goes out of the picture.
        var up = Axis.Linear(isMax || !ShowsTraining ? values.Min() : Math.Min(0, values.Min()),
            isMax ? values.Max() : Math.Min(values.Max(), Math.Max(4 * values.Order().ElementAt(values.Count / 2), 1e-9)));
        string[] parts = IsOne ? [.. Parts(_runs[0], measure)] : [ShowsTraining ? "— validation   - - training" : "validation"];
        // Beside the measure's name what the curves are, or below it where the line is full.
        var beside = Drawing.WidthOf(measure, 19) + 16;
        var isFull = 70 + beside + parts.Sum(p => IsOne ? Drawing.WidthOf(p, 18) + 36 : Drawing.WidthOf(p)) > Width;
        var axes = new Axes(Width, Height, Axis.Counting(Longest), up, head: isFull ? 60 : 36);
        var x = axes.Left + (isFull ? 0 : beside);
        yield return axes.Frame("epoch");
        yield return Drawing.Text(axes.Left, 20, measure, 18, more: ("font-weight", "bold"));
        foreach (var part in parts)
        {
            yield return IsOne
                ? Drawing.Heading(x, isFull ? 44 : 20, part, Colour(part))
                : Drawing.Text(x, isFull ? 44 : 20, part);
            x += Drawing.WidthOf(part, 18) + 36;
        }
        if (IsOne) yield return Marks(_runs[0], axes, isMax);
        yield return _runs.SelectMany((r, k) => Drawn(r, measure).Select(p => Curve(r, k, p, measure, axes)));
        if (steps is null) yield break;
        yield return steps.Moving("line",
            [("y1", axes.Top), ("y2", axes.Bottom), ("stroke", "currentColor"), ("stroke-opacity", 0.5)],
            ("x1", i => Number(axes.X(i + 1))), ("x2", i => Number(axes.X(i + 1))));
        yield return Parts(_runs[0], measure).Select(p => steps.Moving("circle", [("r", 6), ("fill", Colour(p))],
            ("cx", i => Number(axes.X(i + 1))), ("cy", i => Number(axes.Y(Finite(_runs[0][$"{p} {measure}"][i]))))));
    }

    private static string Colour(string part) => part == "training" ? Palette.Training : Palette.Validation;

    private Markup Curve(History run, int number, string part, string measure, Axes axes)
    {
        var values = run[$"{part} {measure}"];
        var isSide = !IsOne && part == "training";
        return axes.Curve(values.Select((v, i) => (i + 1.0, v)), IsOne ? Colour(part) : Colours[number % Colours.Length],
            isSide ? 1.5 : 3, dashes: isSide ? "6 4" : null,
            title: $"{(run.Name.Length > 0 ? run.Name + ", " : "")}{part} {measure}: {Course(values, Mode.Auto.IsMax(measure))}");
    }

    private static IEnumerable<Markup> Marks(History run, Axes axes, bool isBelow)
    {
        if (run.Restored is { } restored)
            yield return axes.Mark(restored, $"restored {restored}", Palette.Output, isBelow: isBelow);
        if (run.Reason is StopReason.Stopped or StopReason.Interrupted && run.Epochs.Count > 0)
            yield return axes.Mark(run.Last.Number,
                $"{(run.Reason == StopReason.Stopped ? "stopped" : "interrupted")} {run.Last.Number}", Palette.Kernel,
                run.Restored is null ? 0 : 1, isBelow);
    }

    private Markup Legend() =>
        Element("div", ("style", "display:flex;flex-wrap:wrap;gap:2px 24px;font-size:18px;"),
            _runs.Select((r, k) => Element("span",
                Element("span", ("style", $"color:{Colours[k % Colours.Length]};"), "■ "),
                r.Name.Length > 0 ? r.Name : $"run {k + 1}")));

    private static double Finite(double value) => double.IsFinite(value) ? value : double.IsPositiveInfinity(value) ? 1e30 : 0;
}
