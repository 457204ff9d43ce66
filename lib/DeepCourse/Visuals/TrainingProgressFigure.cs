using DeepCourse.Display;
using DeepCourse.Training;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>A training as it is now: a bar with speed and time left, what is measured, the curves so far.</summary>
internal sealed class TrainingProgressFigure : Figure
{
    private readonly string _line;
    private readonly double _share;
    private readonly bool _isLive;
    private readonly TrainingChart _chart;

    public TrainingProgressFigure(TrainingState state)
    {
        var (trainer, speed, elapsed, isLive) = state;
        (_share, _isLive) = (trainer.Step / (double)trainer.Steps, isLive);
        _chart = new TrainingChart(trainer.History) { Epochs = isLive ? trainer.Epochs : null, IsLive = isLive };
        var done = trainer.History.Epochs.Count;
        if (!isLive)
        {
            _line = $"{done} {(done == 1 ? "epoch" : "epochs")} in {Time(elapsed)}, {speed:N0} examples/s.";
            return;
        }
        var left = speed <= 0
            ? ""
            : $", {Time(TimeSpan.FromSeconds((trainer.Steps - trainer.Step) * (double)trainer.Batches.Size / speed))} left";
        _line = $"epoch {Math.Max(1, trainer.Epoch)} of {trainer.Epochs}, step {trainer.StepInEpoch} "
            + $"of {trainer.Batches.PerEpoch}: {speed:N0} examples/s{left}"
            + (trainer.StepInEpoch == 0 ? "" : string.Concat(trainer.SoFar().Select(m => $", {m.Name} {m.Value:0.000}")));
    }

    /// <inheritdoc/>
    public override Markup ToHtml() => Element("div", ("style", "font-size:16px;"),
        _isLive
            ? Element("div",
                Element("progress", ("style", $"width:24em;max-width:100%;accent-color:{Palette.Training};"),
                    ("aria-label", "training"), ("max", "1"), ("value", Number(_share))))
            : null,
        Element("div", ("style", "font-variant-numeric:tabular-nums;"), _line),
        _chart.ToHtml(),
        _isLive ? null : Element("div", Message));

    /// <inheritdoc/>
    public override string ToText() => $"{_line}\n{_chart.ToText()}";

    private string Message => _chart.Message;

    private static string Time(TimeSpan time) =>
        time.TotalSeconds < 60
            ? $"{time.TotalSeconds:0} s"
            : time.TotalMinutes < 60 ? $"{(int)time.TotalMinutes} min {time.Seconds} s"
            : $"{(int)time.TotalHours} h {time.Minutes} min";
}
