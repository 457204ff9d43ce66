using DeepCourse.Display;
using DeepCourse.Training;

namespace DeepCourse.Visuals;

/// <summary>The loss over the learning rate, with the rates to take marked.</summary>
internal sealed class LearningRateFigure(LearningRateCurve curve) : Figure
{
    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var (points, smooth) = (curve.Points, curve.Smooth);
        var (low, high) = (points.Min(p => p.Loss) * 0.95, Math.Max(smooth[0] * 1.3, smooth.Min() * 1.5));
        var axes = new Axes(640, 320, Axis.Logarithmic(points[0].Rate, points[^1].Rate, isTight: true), Axis.Linear(low, high));
        return Drawing.Svg(axes.Width, axes.Height, ToText(), axes.Frame("learning rate", "loss"),
            axes.Curve(points.Select(p => (p.Rate, p.Loss)), Palette.Training, width: 1, opacity: 0.6),
            axes.Curve(points.Zip(smooth, (p, s) => (p.Rate, s)), Palette.Training),
            axes.Mark(curve.Steepest, $"falls fastest: {curve.Steepest:g2}", Palette.Output),
            axes.Mark(curve.Highest, $"a tenth of the lowest: {curve.Highest:g2}", Palette.Kernel, line: 1));
    }

    /// <inheritdoc/>
    public override string ToText() => curve.ToText();
}
