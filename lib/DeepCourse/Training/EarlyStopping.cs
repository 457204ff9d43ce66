using System.Globalization;
using TorchSharp;

namespace DeepCourse.Training;

/// <summary>
/// Ends a training when it has stopped to get better: <paramref name="patience"/> epochs in a row without an improvement by more
/// than <paramref name="minDelta"/>. As Keras's EarlyStopping and Lightning's describe it.
/// </summary>
/// <param name="monitor">What to look at, a column of the <see cref="History"/>.</param>
/// <param name="patience">Epochs without improvement until it ends. With 0 the first such epoch ends it.</param>
/// <param name="minDelta">By how much a value must be better than the best one to count.</param>
/// <param name="mode">Which way is better.</param>
/// <param name="restoreBest">Whether the network gets the best epoch's weights and buffers back at the end, also when no epoch
/// was one too many. Not after an interrupt.</param>
/// <param name="baseline">A value to be beaten: until then every epoch counts as one without improvement.</param>
/// <param name="startFrom">How many epochs at the start are not looked at.</param>
public sealed class EarlyStopping(
    string monitor = Measured.ValidationLoss,
    int patience = 3,
    double minDelta = 0,
    Mode mode = Mode.Auto,
    bool restoreBest = true,
    double? baseline = null,
    int startFrom = 0) : Callback, IDisposable
{
    private const string Prefix = "best.";

    private readonly bool _isMax = mode.IsMax(monitor);
    private readonly double _minDelta = Math.Abs(minDelta);
    private readonly int _patience = patience >= 0
        ? patience
        : throw new ArgumentOutOfRangeException(nameof(patience), patience, "Patience is a number of epochs, 0 or more.");
    private Snapshot? _weights;

    /// <summary>The best value so far; NaN before the first one.</summary>
    public double Best { get; private set; } = double.NaN;

    /// <summary>Its epoch, from 1 on; 0 before the first one.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Epochs since the last improvement.</summary>
    public int Wait { get; private set; }

    /// <summary>The epoch, from 1 on, after which it ended the training; null if it did not.</summary>
    public int? StoppedEpoch { get; private set; }

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture,
        $"{base.Name}({monitor}, {patience}, {_minDelta:g6}, {mode}, {restoreBest}, {baseline:g6}, {startFrom})");

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer)
    {
        if (monitor.StartsWith("validation ", StringComparison.Ordinal) && trainer.Validation is null)
            throw new ArgumentException(
                $"EarlyStopping looks at the {monitor}, and there is nothing to validate on: give Fit a validation set (set "
                    + "some of the training examples aside), or look at another number: new "
                    + $"EarlyStopping(\"{Measured.TrainingLoss}\").");
        if (!trainer.Columns.Contains(monitor)) throw NotMeasured(trainer.Columns);
        // What it knows follows from the history, of a resumed training as well.
        if (trainer.History.Epochs.Count == 0)
        {
            _weights?.Dispose();
            _weights = null;
        }
        (Best, BestEpoch, Wait, StoppedEpoch) = (double.NaN, 0, 0, null);
        foreach (var epoch in trainer.History.Epochs) Look(epoch);
        if (StoppedEpoch is not null) Stop(trainer);
    }

    /// <inheritdoc/>
    public override void AfterEpoch(Trainer trainer)
    {
        if (Look(trainer.History.Last) && restoreBest)
        {
            _weights?.Dispose();
            _weights = Snapshot.Of(trainer.Model);
        }
        if (StoppedEpoch is not null) Stop(trainer);
    }

    /// <inheritdoc/>
    public override void OnEnd(Trainer trainer)
    {
        var history = trainer.History;
        // Of several the one that has ended it, or else the first, says which weights are the best.
        var isAnother = history.Restored is not null || StoppedEpoch is null
            && trainer.Callbacks.All.OfType<EarlyStopping>()
                .Any(e => e != this && e.StoppedEpoch is not null && e._weights is not null);
        // Steps after the best epoch have changed the weights, a whole epoch of them or fewer.
        var hasChanged = trainer.Step > BestEpoch * trainer.Batches.PerEpoch;
        if (restoreBest && _weights is not null && history.Reason != StopReason.Interrupted && hasChanged && !isAnother)
        {
            _weights.Restore(trainer.Model);
            history.Restored = BestEpoch;
            history.Message += $" The weights of epoch {BestEpoch} were restored.";
        }
        Dispose();
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, torch.Tensor Tensor)> State =>
        _weights?.Tensors.Select(t => (Prefix + t.Name, t.Tensor)) ?? [];

    /// <inheritdoc/>
    public override void OnResume(Trainer trainer, IReadOnlyDictionary<string, torch.Tensor> state)
    {
        _weights?.Dispose();
        _weights = state.Count == 0
            ? null
            : Snapshot.Of(state.Where(s => s.Key.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(s => (s.Key[Prefix.Length..], s.Value)));
    }

    /// <summary>Frees the copy of the best weights.</summary>
    public void Dispose()
    {
        _weights?.Dispose();
        _weights = null;
    }

    /// <summary>Takes an epoch into account; whether it is the best one so far.</summary>
    internal bool Look(EpochResult epoch)
    {
        if (epoch.Number <= startFrom) return false;
        if (!epoch.Values.TryGetValue(monitor, out var value)) throw NotMeasured(epoch.Values.Keys);
        var isFirst = BestEpoch == 0;
        var improved = IsBetter(value, Best);
        if (improved || isFirst) (Best, BestEpoch) = (value, epoch.Number);
        Wait = improved && (baseline is null || IsBetter(value, baseline.Value)) ? 0 : Wait + 1;
        if (Wait >= Math.Max(1, _patience)) StoppedEpoch ??= epoch.Number;
        return improved || isFirst;
    }

    // NaN is never better, and anything is better than NaN.
    private bool IsBetter(double value, double than) =>
        !double.IsNaN(value) && (double.IsNaN(than) || (_isMax ? value - _minDelta > than : value + _minDelta < than));

    private ArgumentException NotMeasured(IEnumerable<string> columns) =>
        new($"EarlyStopping looks at “{monitor}”, which is not measured. These are: {string.Join(", ", columns)}.");

    private void Stop(Trainer trainer)
    {
        var since = baseline is { } bar && !IsBetter(Best, bar)
            ? string.Create(CultureInfo.InvariantCulture, $"was not {(_isMax ? "above" : "below")} the baseline of {bar:g4}")
            : "has not improved";
        trainer.Stop(
            string.Create(CultureInfo.InvariantCulture,
                $"Stopped early after epoch {StoppedEpoch}: the {monitor} {since} for {Wait} {(Wait == 1 ? "epoch" : "epochs")} "
                    + $"(best: {Best:0.####} in epoch {BestEpoch})."));
    }
}
