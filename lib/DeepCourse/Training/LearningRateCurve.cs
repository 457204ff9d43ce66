using DeepCourse.Display;

namespace DeepCourse.Training;

/// <summary>The loss over the learning rate, and which one to take.</summary>
public sealed class LearningRateCurve : Figure
{
    private readonly IReadOnlyList<(double Rate, double Loss)> _points;
    private readonly double[] _smooth;

    internal LearningRateCurve(IReadOnlyList<(double Rate, double Loss)> points)
    {
        if (points.Count < 5)
            throw new InvalidOperationException(
                "The loss exploded within five steps, so nothing can be seen: begin with a smaller rate (from:).");
        _points = points;
        // A mean over the past that forgets, without the bias of its start, as in Adam.
        _smooth = new double[points.Count];
        var mean = 0.0;
        for (var i = 0; i < points.Count; i++)
        {
            mean = 0.9 * mean + 0.1 * points[i].Loss;
            _smooth[i] = mean / (1 - Math.Pow(0.9, i + 1));
        }
        var lowest = Array.IndexOf(_smooth, _smooth.Min());
        // Where the loss falls fastest, over a tenth of the curve: one pair of steps says little.
        var span = Math.Max(2, points.Count / 10);
        var steepest = Enumerable.Range(0, Math.Max(1, lowest - span + 1))
            .MinBy(i => _smooth[Math.Min(i + span, _smooth.Length - 1)] - _smooth[i]);
        Steepest = points[Math.Min(steepest + span / 2, points.Count - 1)].Rate;
        Highest = points[lowest].Rate / 10;
    }

    /// <summary>The rate at which the loss falls fastest: a good constant one.</summary>
    public double Steepest { get; }

    /// <summary>A tenth of the rate at which the loss is lowest: a good highest one, for
    /// <see cref="Schedule.OneCycle"/>.</summary>
    public double Highest { get; }

    /// <summary>Rates and losses, step by step.</summary>
    public IReadOnlyList<(double Rate, double Loss)> Points => _points;

    /// <summary>The losses smoothed: what the rates are read from.</summary>
    internal IReadOnlyList<double> Smooth => _smooth;

    /// <inheritdoc/>
    public override Markup ToHtml() => Drawings.Of(this).ToHtml();

    /// <inheritdoc/>
    public override string ToText() =>
        $"Loss over the learning rate, {_points.Count} steps from {_points[0].Rate:g2} to {_points[^1].Rate:g2}: it falls "
            + $"fastest at {Steepest:g2}; a tenth of the rate where it is lowest is {Highest:g2}.";
}
