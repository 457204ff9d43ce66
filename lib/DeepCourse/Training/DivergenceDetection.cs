using System.Globalization;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// Ends a training whose loss has become NaN or infinite, or many times what it was at first, and says at which step and what to
/// try. Always on; give one of your own to set the limit.
/// </summary>
/// <param name="limit">How many times as large as at the first step the loss may become.</param>
public sealed class DivergenceDetection(double limit = 1000) : Callback
{
    private int _seen, _epoch;
    private float? _first;

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer) =>
        (_seen, _epoch, _first) = (0, trainer.Epoch, trainer.History.StepLosses.Count > 0 ? trainer.History.StepLosses[0] : null);

    /// <inheritdoc/>
    public override void AfterStep(Trainer trainer)
    {
        if (trainer.StepInEpoch == trainer.Batches.PerEpoch) trainer.SoFar();
        if (_epoch != trainer.Epoch) (_seen, _epoch) = (0, trainer.Epoch);
        for (; _seen < trainer.StepLosses.Count; _seen++)
        {
            var loss = trainer.StepLosses[_seen];
            _first ??= loss;
            if (!float.IsFinite(loss) || loss > limit * Math.Max(1e-3, Math.Abs(_first.Value)))
                throw Diverged(trainer, _seen, loss);
        }
    }

    private TrainingDivergedException Diverged(Trainer trainer, int step, float loss)
    {
        using var scope = NewDisposeScope();
        var (low, high) = (trainer.Batches.Inputs.min().to(ScalarType.Float64).item<double>(),
            trainer.Batches.Inputs.max().to(ScalarType.Float64).item<double>());
        var what = float.IsNaN(loss)
            ? "became NaN"
            : float.IsInfinity(loss) ? "became infinite"
            : $"grew to {loss:g3}, from {_first:g3} at first";
        var isRestored = trainer.Callbacks.OfType<EarlyStopping>().Any(e => e.State.Any());
        var atFirst = trainer.Epoch == 0 && step == 0;
        var largest = Math.Max(Math.Abs(low), Math.Abs(high));
        var cause = largest > 50
            ? string.Create(CultureInfo.InvariantCulture,
                $"The inputs run from {low:g4} to {high:g4}: scale them, such as x / {largest:g4}, or to mean 0 and deviation 1.")
            : atFirst ? "It was so at the very first step, before any weight had changed: look at the network's output and the "
                + "loss function (a logarithm of 0, a division by 0)."
            : string.Create(CultureInfo.InvariantCulture,
                $"Try a learning rate ten times smaller ({trainer.LearningRate / 10:g3}), clip the gradients (callbacks: [new "
                    + $"GradientClipping(1)]), or warm up (callbacks: [Schedule.OneCycle({trainer.LearningRate:g3})]).");
        return new TrainingDivergedException(
            $"The loss {what} in epoch {trainer.Epoch + 1} at step {step + 1} of {trainer.Batches.PerEpoch} (learning "
                + $"rate {trainer.LearningRate.ToString("g3", CultureInfo.InvariantCulture)}). {cause} "
                + $"{(isRestored
                    ? "The network gets the weights of its best epoch back."
                    : "The network's weights are spoiled: make it anew.")}", trainer.History);
    }
}
