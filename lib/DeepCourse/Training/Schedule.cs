using System.Globalization;

namespace DeepCourse.Training;

/// <summary>
/// A learning rate that changes from step to step. It is a function of the step alone, so that a resumed training goes on with
/// the right one. Where the optimizer has groups of parameters with rates of their own, it is the highest one, and the others
/// keep their ratio to it.
/// </summary>
/// <param name="rate">The rate before step <c>step</c> (from 0 on) of <c>steps</c> in all.</param>
public sealed class Schedule(Func<int, int, double> rate) : Callback
{
    /// <summary>
    /// Up to a peak in a straight line, then down to nearly 0 by half a cosine (one cycle, Smith and Topin 2018).
    /// </summary>
    /// <param name="peak">The highest rate.</param>
    /// <param name="warmUp">The share of all steps until the peak.</param>
    /// <param name="start">The first rate, as a share of the peak.</param>
    /// <param name="end">The last rate, as a share of the peak.</param>
    public static Schedule OneCycle(double peak, double warmUp = 0.25, double start = 0.04, double end = 0.001) =>
        new((step, steps) =>
    {
        var at = step / (double)Math.Max(1, steps - 1);
        return peak * (at < warmUp
            ? start + (1 - start) * at / warmUp
            : end + (1 - end) * (1 + Math.Cos(Math.PI * (at - warmUp) / Math.Max(1e-9, 1 - warmUp))) / 2);
    });

    /// <summary>From a rate down to 0 by half a cosine (Loshchilov and Hutter 2016).</summary>
    public static Schedule Cosine(double first) => OneCycle(first, warmUp: 0, end: 0);

    /// <summary>From a rate down to 0 in a straight line.</summary>
    public static Schedule Linear(double first) => new((step, steps) => first * (1 - step / (double)steps));

    /// <summary>The rate times <paramref name="factor"/> after every so many steps.</summary>
    public static Schedule Every(int stepsApart, double first, double factor = 0.1) => stepsApart < 1
        ? throw new ArgumentOutOfRangeException(nameof(stepsApart), stepsApart,
            "The rate falls after a number of steps, 1 or more.")
        : new((step, _) => first * Math.Pow(factor, step / stepsApart));

    /// <summary>It is told from others by the rates that it would have in a hundred steps.</summary>
    public override string Name => $"{base.Name}({string.Join(", ", Rates(100).Where((_, step) => step % 33 == 0)
        .Select(r => r.ToString("g6", CultureInfo.InvariantCulture)))})";

    /// <summary>The rates of all steps, such as to draw them.</summary>
    public IReadOnlyList<double> Rates(int steps) => [.. Enumerable.Range(0, steps).Select(s => rate(s, steps))];

    /// <inheritdoc/>
    public override void BeforeStep(Trainer trainer) => trainer.LearningRate = rate(trainer.Step, trainer.Steps);
}
