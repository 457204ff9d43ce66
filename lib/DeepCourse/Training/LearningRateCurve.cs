using System.Globalization;
using DeepCourse.Display;
using DeepCourse.Visuals;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Training;

/// <summary>The loss over the learning rate, and which one to take.</summary>
public sealed class LearningRateCurve : Figure
{
    private const double Width = 640, Height = 320, Left = 64, Right = 20, Top = 34, Bottom = 56;

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

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var (from, to) = (Math.Log10(_points[0].Rate), Math.Log10(_points[^1].Rate));
        var (low, high) = (_points.Min(p => p.Loss) * 0.95, Math.Max(_smooth[0] * 1.3, _smooth.Min() * 1.5));
        double X(double rate) => Left + (Math.Log10(rate) - from) / (to - from) * (Width - Left - Right);
        double Y(double loss) => Top + (high - Math.Clamp(loss, low, high)) / (high - low) * (Height - Top - Bottom);
        return Drawing.Svg(Width, Height, ToText(),
            Drawing.Text(Left, 20, "loss", 18, more: ("font-weight", "bold")),
            new[] { low, (low + high) / 2, high }
                .Select(v => new[] { Drawing.Line(Left, Y(v), Width - Right, Y(v), opacity: 0.15),
                    Drawing.Text(Left - 8, Y(v) + 5, Numbers.Show(v), anchor: "end") }),
            Enumerable.Range((int)Math.Ceiling(from), Math.Max(0, (int)Math.Floor(to) - (int)Math.Ceiling(from) + 1))
                .Select(p => new[] { Drawing.Line(X(Math.Pow(10, p)), Top, X(Math.Pow(10, p)), Height - Bottom, opacity: 0.15),
                    Drawing.Text(X(Math.Pow(10, p)), Height - Bottom + 22,
                        Math.Pow(10, p).ToString("g3", CultureInfo.InvariantCulture), anchor: "middle") }),
            Drawing.Text((Left + Width - Right) / 2, Height - 10, "learning rate", anchor: "middle"),
            Element("path", ("d", Drawing.Path(_points.Select(p => (X(p.Rate), Y(p.Loss))))), ("fill", "none"),
                ("stroke", Palette.Training), ("stroke-width", 1), ("stroke-opacity", 0.6)),
            Element("path", ("d", Drawing.Path(_points.Select((p, i) => (X(p.Rate), Y(_smooth[i]))))), ("fill", "none"),
                ("stroke", Palette.Training), ("stroke-width", 3)),
            Mark(Steepest, "falls fastest", Palette.Output, 16), Mark(Highest, "a tenth of the lowest", Palette.Kernel, 36));

        Markup Mark(double rate, string text, string colour, double down) =>
            Element("g", Drawing.Line(X(rate), Top, X(rate), Height - Bottom, colour, 2, dashes: "3 3"),
            Drawing.Text(X(rate) + (X(rate) > Width / 2 ? -6 : 6), Top + down,
                string.Create(CultureInfo.InvariantCulture, $"{text}: {rate:g2}"),
                anchor: X(rate) > Width / 2 ? "end" : "start"));
    }

    /// <inheritdoc/>
    public override string ToText() => string.Create(CultureInfo.InvariantCulture,
        $"Loss over the learning rate, {_points.Count} steps from {_points[0].Rate:g2} to {_points[^1].Rate:g2}: it falls "
            + $"fastest at {Steepest:g2}; a tenth of the rate where it is lowest is {Highest:g2}.");
}
