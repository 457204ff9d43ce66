using System.Globalization;
using DeepCourse.Data;
using DeepCourse.Models;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// Looks for a good learning rate: a short training whose rate grows from step to step until the loss explodes (Smith 2015). The
/// network is what it was before, afterwards.
/// </summary>
public static class LearningRateFinder
{
    /// <summary>Tries rates, and shows the loss over them with a suggestion.</summary>
    /// <param name="model">The network. Its weights, statistics and modes are restored.</param>
    /// <param name="train">What it would learn from.</param>
    /// <param name="optimizer">As for <see cref="Trainer.Fit"/>. Its rates and its state are restored.</param>
    /// <param name="loss">As for <see cref="Trainer.Fit"/>.</param>
    /// <param name="forward">As for <see cref="Trainer.Fit"/>.</param>
    /// <param name="from">The first rate.</param>
    /// <param name="to">The last rate, if the loss does not explode before.</param>
    /// <param name="steps">How many rates.</param>
    /// <exception cref="ArgumentException">The range is none, or data and network do not fit together.</exception>
    public static LearningRateCurve Find(
        nn.Module model,
        Batches train,
        optim.Optimizer? optimizer = null,
        Func<Tensor, Tensor, Tensor>? loss = null,
        Func<Batch, Tensor>? forward = null,
        double from = 1e-5,
        double to = 3,
        int steps = 100)
    {
        if (from <= 0 || to <= from || steps < 10)
        {
            var range = string.Create(CultureInfo.InvariantCulture, $"{from:g3}, {to:g3} and {steps}");
            throw new ArgumentException($"Rates grow from a small one to a larger one in at least 10 steps; these are {range}.");
        }
        var ramp = new Ramp(from, to, steps);
        var epochs = (steps + train.PerEpoch - 1) / train.PerEpoch;
        using var before = Snapshot.Of(model);
        using var scope = NewDisposeScope();
        var gradients = model.parameters().Select(p => (Parameter: p, Gradient: p.grad?.clone())).ToList();
        using var modes = Modes.Of(model);
        using var ownOptimizer = OptimizerSnapshot.Of(optimizer);
        try
        {
            Trainer.Fit(model, train, null, epochs, optimizer, loss, metrics: [],
                callbacks: [ramp, new DivergenceDetection(double.PositiveInfinity)], forward: forward, progress: false);
        }
        catch (TrainingDivergedException)
        {
            // That is how it is to end.
        }
        finally
        {
            before.Restore(model);
            foreach (var (parameter, gradient) in gradients) parameter.grad = gradient?.DetachFromDisposeScope();
        }
        return new LearningRateCurve(ramp.Points);
    }

    /// <summary>Makes the rate grow by the same factor in every step, and ends when the loss is far above the best one.</summary>
    private sealed class Ramp(double from, double to, int steps) : Callback
    {
        private readonly List<double> _rates = [];
        private readonly List<float> _losses = [];

        public IReadOnlyList<(double Rate, double Loss)> Points =>
            [.. _rates.Zip(_losses, (r, l) => (r, (double)l)).Where(p => double.IsFinite(p.Item2))];

        public override void BeforeStep(Trainer trainer)
        {
            trainer.LearningRate = from * Math.Pow(to / from, trainer.Step / (double)(steps - 1));
            _rates.Add(trainer.LearningRate);
        }

        public override void AfterStep(Trainer trainer)
        {
            trainer.SoFar(); // this training is short, and every loss decides: they are read back at once
            _losses.Add(trainer.StepLosses[^1]);
            if (_rates.Count >= steps || _losses[^1] > 4 * Math.Max(0.1, _losses.Min())) trainer.Stop("The loss has exploded.");
        }
    }
}
