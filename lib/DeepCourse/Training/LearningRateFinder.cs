using DeepCourse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// Looks for a good learning rate: a short training whose rate grows from step to step until the loss explodes (Smith 2015). The
/// network is what it was before, afterwards.
/// </summary>
public static class LearningRateFinder
{
    /// <summary>Tries rates, and shows the loss over them with a suggestion.</summary>
    /// <param name="model">The network. Its weights are restored.</param>
    /// <param name="train">What it would learn from.</param>
    /// <param name="optimizer">As for <see cref="Trainer.Fit"/>.</param>
    /// <param name="loss">As for <see cref="Trainer.Fit"/>.</param>
    /// <param name="from">The first rate.</param>
    /// <param name="to">The last rate, if the loss does not explode before.</param>
    /// <param name="steps">How many rates.</param>
    /// <param name="seed">Of what is random in the network.</param>
    /// <exception cref="ArgumentException">The range is none, or data and network do not fit together.</exception>
    public static LearningRateCurve Find(
        nn.Module<Tensor, Tensor> model,
        Batches train,
        Func<IEnumerable<Parameter>, optim.Optimizer>? optimizer = null,
        Func<Tensor, Tensor, Tensor>? loss = null,
        double from = 1e-5, double to = 3, int steps = 100, long seed = 1)
    {
        if (from <= 0 || to <= from || steps < 10)
            throw new ArgumentException(
                $"Rates grow from a small one to a larger one in at least 10 steps; these are {from:g3}, {to:g3} and {steps}.");
        var ramp = new Ramp(from, to, steps);
        using var before = Snapshot.Of(model);
        var wasTraining = model.training;
        try
        {
            Trainer.Fit(model, train, null, epochs: (steps + train.PerEpoch - 1) / train.PerEpoch, optimizer, loss, metrics: [],
                callbacks: [ramp, new DivergenceDetection(double.PositiveInfinity)], seed: seed, progress: false);
        }
        catch (TrainingDivergedException)
        {
            // That is how it is to end.
        }
        finally
        {
            before.Restore(model);
            model.train(wasTraining);
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
