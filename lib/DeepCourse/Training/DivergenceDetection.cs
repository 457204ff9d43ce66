using System.Globalization;
using DeepCourse.Native;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// Ends a training whose loss has become NaN or infinite, or, over several steps, many times what it was at first, and says at
/// which step and what to try. Always on; give one of your own to set the limit.
/// </summary>
/// <param name="limit">How many times as large as at first the loss may become: the mean of some steps against the first
/// one, or against what outputs of 0 would cost, if that is more (a network that is nearly perfect has a loss of nearly
/// nothing).</param>
public sealed class DivergenceDetection(double limit = 1000) : Callback
{
    private const int Together = 8;

    private int _seen, _epoch;
    private double _level;

    /// <inheritdoc/>
    public override string Name => "";

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer)
    {
        (_seen, _epoch) = (0, trainer.Epoch);
        _level = Math.Max(1e-3, trainer.Setup.ZeroLoss);
    }

    /// <inheritdoc/>
    public override void AfterStep(Trainer trainer)
    {
        if (trainer.StepInEpoch == trainer.Batches.PerEpoch) trainer.SoFar();
        if (_epoch != trainer.Epoch) (_seen, _epoch) = (0, trainer.Epoch);
        for (; _seen < trainer.StepLosses.Count; _seen++)
        {
            var loss = trainer.StepLosses[_seen];
            if (!float.IsFinite(loss)) throw Diverged(trainer, _seen, loss);
            if (Latest(trainer, _seen) is { } latest && latest > limit * Math.Max(_level, First(trainer)))
                throw Diverged(trainer, _seen, loss);
        }
    }

    /// <summary>The mean of the latest steps; null where these are too few to tell a run-away from a hard batch.</summary>
    private static double? Latest(Trainer trainer, int step)
    {
        var of = trainer.History.StepLosses.TakeLast(Together)
            .Concat(trainer.StepLosses.Take(step + 1))
            .TakeLast(Together)
            .ToList();
        return of.Count < Together ? null : of.Average();
    }

    private static double First(Trainer trainer) =>
        Math.Abs(trainer.History.StepLosses.Count > 0 ? trainer.History.StepLosses[0] : trainer.StepLosses[0]);

    private static TrainingDivergedException Diverged(Trainer trainer, int step, float loss)
    {
        using var scope = NewDisposeScope();
        var what = float.IsNaN(loss) ? "became NaN"
            : float.IsInfinity(loss) ? "became infinite"
            : Text($"grew to {loss:g3}, from {First(trainer):g3} at first");
        var rate = Text($"{trainer.LearningRate:g3}");
        return new TrainingDivergedException(
            $"The loss {what} in epoch {trainer.Epoch} at step {step + 1} of {trainer.Batches.PerEpoch} (learning rate {rate}). "
                + $"{Cause(trainer, step)} {Weights(trainer)}", trainer.History);
    }

    private static string Cause(Trainer trainer, int step)
    {
        if (trainer.Batches.Values.Select(v => v.Values).FirstOrDefault(v => v.is_floating_point()) is { } inputs)
        {
            var (low, high) = (inputs.min().to(ScalarType.Float32).item<float>(),
                inputs.max().to(ScalarType.Float32).item<float>());
            var largest = Math.Max(Math.Abs(low), Math.Abs(high));
            if (largest > 50)
                return Text($"The inputs run from {low:g4} to {high:g4}: scale them, such as x / {largest:g4}, ")
                    + "or to mean 0 and deviation 1.";
        }
        if (trainer.Epoch == 1 && step == 0)
            return "It was so at the very first step, before any weight had changed: look at the network's output and the loss "
                + "function (a logarithm of 0, a division by 0).";
        return Text($"Try a learning rate ten times smaller ({trainer.LearningRate / 10:g3}), clip the gradients ")
            + "(callbacks: [new GradientClipping(1)]), or warm up "
            + Text($"(callbacks: [Schedule.OneCycle({trainer.LearningRate:g3})]).");
    }

    private static string Weights(Trainer trainer)
    {
        if (trainer.Callbacks.All.OfType<EarlyStopping>().Any(e => e.State.Any()))
            return "The network gets the weights of its best epoch back.";
        var areFinite = trainer.Model.parameters().DistinctByMemory().All(p => p.isfinite().all().item<bool>());
        return areFinite
            ? "The network's weights are still numbers, but have run away: load saved ones, or make it anew."
            : "The network's weights are spoiled: make it anew.";
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
