using System.Diagnostics;
using DeepCourse.Display;
using Spectre.Console;

namespace DeepCourse.Training;

/// <summary>
/// Shows how far a training has come, how fast it is and how long it will still take, and its curves: in a notebook as one figure
/// that is drawn anew, in a terminal as a bar with a line for every epoch, elsewhere (tests, files) not at all.
/// </summary>
public sealed class TrainingProgress : Callback
{
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(500);

    private readonly Stopwatch _clock = new(), _since = new();
    private Live? _figure;
    private Bar? _bar;

    /// <summary>Whether there is anybody to see it.</summary>
    internal static bool IsSeen => Live.HasEngine || Bar.IsTerminal;

    /// <inheritdoc/>
    public override string Name => "";

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer)
    {
        _clock.Restart();
        _since.Restart();
        if (Live.HasEngine) _figure = Live.Show(Draw(trainer, isLive: true));
        else if (Bar.IsTerminal) _bar = new Bar(trainer);
    }

    /// <inheritdoc/>
    public override void AfterStep(Trainer trainer)
    {
        if (_since.Elapsed < Apart) return;
        _since.Restart();
        _figure?.Update(Draw(trainer, isLive: true));
        _bar?.Update(trainer, Speed(trainer));
    }

    /// <inheritdoc/>
    public override void AfterEpoch(Trainer trainer)
    {
        _since.Restart();
        _figure?.Update(Draw(trainer, isLive: true));
        _bar?.EndEpoch(trainer);
    }

    /// <inheritdoc/>
    public override void OnEnd(Trainer trainer)
    {
        _clock.Stop();
        _figure?.Update(Draw(trainer, isLive: false));
        _bar?.End(trainer);
    }

    private Figure Draw(Trainer trainer, bool isLive) =>
        Drawings.Of(new TrainingState(trainer, Speed(trainer), _clock.Elapsed, isLive));

    private double Speed(Trainer trainer) => trainer.Examples / Math.Max(1e-3, _clock.Elapsed.TotalSeconds);

    /// <summary>The bar in a terminal. Spectre.Console draws it on a thread of its own as long as its task lasts.</summary>
    private sealed class Bar
    {
        private readonly TaskCompletionSource _end = new();
        private readonly Task _drawing;
        private ProgressTask? _task;

        public static bool IsTerminal => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;

        public Bar(Trainer trainer) => _drawing = AnsiConsole.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
            new RemainingTimeColumn())
            .StartAsync(context =>
            {
                _task = context.AddTask("epoch 1", maxValue: trainer.Steps);
                _task.Value = trainer.Step;
                return _end.Task;
            });

        public void Update(Trainer trainer, double speed)
        {
            if (_task is null) return;
            _task.Description = $"epoch {Math.Max(1, trainer.Epoch)} of {trainer.Epochs} "
                + $" {string.Join("  ", trainer.SoFar().Select(m => $"{m.Name} {m.Value:0.000}"))}  {speed:N0} examples/s";
            _task.Value = trainer.Step;
        }

        public void EndEpoch(Trainer trainer)
        {
            var last = trainer.History.Last;
            AnsiConsole.WriteLine(
                $"epoch {last.Number,3} "
                    + $" {string.Join("  ",
                        last.Values.Where(v => v.Key != Measured.LearningRate)
                            .Select(v => v.Key == Measured.Seconds ? $"{v.Value:0.0} s" : $"{v.Key} {v.Value:0.0000}"))}");
            if (_task is null) return;
            _task.Description = $"epoch {Math.Max(1, trainer.Epoch)} of {trainer.Epochs}";
            _task.Value = trainer.Step;
        }

        public void End(Trainer trainer)
        {
            _end.SetResult();
            _drawing.Wait();
            AnsiConsole.WriteLine(trainer.History.Message);
        }
    }
}
