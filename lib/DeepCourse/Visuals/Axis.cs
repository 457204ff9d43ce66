using System.Globalization;
using DeepCourse.Display;

namespace DeepCourse.Visuals;

/// <summary>One direction of a chart: from where to where, on which scale, and the round numbers along it.</summary>
internal sealed class Axis
{
    private static readonly int[] RoundNumbers = [1, 2, 5, 10];

    private readonly Func<double, string> _write;

    private Axis(double low, double high, bool isLogarithmic, IReadOnlyList<double> ticks, Func<double, string> write) =>
        (Low, High, IsLogarithmic, Ticks, _write) = (low, high, isLogarithmic, ticks, write);

    /// <summary>Where it begins.</summary>
    public double Low { get; }

    /// <summary>Where it ends.</summary>
    public double High { get; }

    /// <summary>Whether equal lengths are equal factors.</summary>
    public bool IsLogarithmic { get; }

    /// <summary>The numbers along it, from small to large.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>Equal lengths are equal differences; the numbers along it are 1, 2 or 5 times a power of ten apart.</summary>
    /// <param name="low">The smallest value.</param>
    /// <param name="high">The largest value; where it is not larger, or not finite, some room is made.</param>
    /// <param name="isTight">Whether it ends at these values; else at the round numbers beyond them.</param>
    /// <param name="pieces">How many pieces between the numbers, at most.</param>
    public static Axis Linear(double low, double high, bool isTight = false, int pieces = 5)
    {
        if (!double.IsFinite(low) || !double.IsFinite(high)) (low, high) = (0, 1);
        if (high - low <= 1e-9 * Math.Max(1e-3, Math.Abs(high)))
        {
            var room = high == 0 ? 0.05 : 0.05 * Math.Abs(high);
            (low, high) = (low - room, high + room);
        }
        var rough = (high - low) / pieces;
        var power = (int)Math.Floor(Math.Log10(rough) + 1e-9);
        var step = RoundNumbers.Select(m => m * Math.Pow(10, power)).First(s => s >= rough * (1 - 1e-9));
        // The 1e-9: 0.3 / 0.1 is a little less than 3.
        var (first, last) = isTight
            ? (Math.Ceiling(low / step - 1e-9), Math.Floor(high / step + 1e-9))
            : (Math.Floor(low / step + 1e-9), Math.Ceiling(high / step - 1e-9));
        var places = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9));
        List<double> ticks = [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];
        return new Axis(isTight ? low : first * step, isTight ? high : last * step, false, ticks, v => Plain(v, places));
    }

    /// <summary>Equal lengths are equal factors; the numbers along it are powers of ten, and between few of them their double and
    /// fivefold.</summary>
    /// <param name="low">The smallest value, above 0.</param>
    /// <param name="high">The largest value.</param>
    /// <param name="isTight">Whether it ends at these values; else at the powers of ten beyond them.</param>
    public static Axis Logarithmic(double low, double high, bool isTight = false)
    {
        if (!(low > 0) || !double.IsFinite(high))
            throw new ArgumentOutOfRangeException(nameof(low), low,
                $"A logarithmic axis is above 0; this one runs from {low} to {high}.");
        if (high <= low) (low, high) = (low / 2, low * 2);
        var (first, last) = ((int)Math.Floor(Math.Log10(low) + 1e-9), (int)Math.Ceiling(Math.Log10(high) - 1e-9));
        if (!isTight) (low, high) = (Math.Pow(10, first), Math.Pow(10, last));
        var within = Enumerable.Range(first, last - first + 1)
            .SelectMany(p => RoundNumbers[..3].Select(m => (Factor: m, Value: m * Math.Pow(10, p))))
            .Where(t => t.Value >= low * (1 - 1e-9) && t.Value <= high * (1 + 1e-9))
            .ToList();
        var powers = within.Where(t => t.Factor == 1).ToList();
        return new Axis(low, high, true, [.. (powers.Count >= 3 ? powers : within).Select(t => t.Value)], Short);
    }

    /// <summary>Whole numbers from 1 on, such as epochs: 1, and round numbers.</summary>
    public static Axis Counting(int last)
    {
        var rough = Math.Max(1, last / 10.0);
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = (int)RoundNumbers.Select(m => m * power).First(s => s >= rough);
        List<double> ticks = [1, .. Enumerable.Range(1, last / step).Select(i => (double)(i * step)).Where(v => v > 1)];
        return new Axis(last == 1 ? 0.5 : 1, last == 1 ? 1.5 : last, false, ticks, v => Plain(v, 0));
    }

    /// <summary>Given numbers along a linear axis that ends with them.</summary>
    public static Axis Of(double low, double high, params IReadOnlyList<double> ticks) =>
        new(low, high, false, ticks, Numbers.Show);

    /// <summary>The same axis with its numbers written in another way.</summary>
    public Axis Writing(Func<double, string> write) => new(Low, High, IsLogarithmic, Ticks, write);

    /// <summary>Where a value lies, 0 at the beginning and 1 at the end; beyond them also below 0 and above 1.</summary>
    public double Share(double value) => IsLogarithmic
        ? Math.Log(Math.Max(value, double.Epsilon) / Low) / Math.Log(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>A number along it, as it is written there.</summary>
    public string Write(double tick) => _write(tick);

    private static string Plain(double value, int places)
    {
        if (Math.Abs(value) >= 1e7 || places > 4) return Short(value);
        var text = value.ToString((Math.Abs(value) >= 10_000 ? "N" : "F") + places.ToString(CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture);
        return text.TrimStart('-').Trim('0', '.', ',').Length == 0 ? text.TrimStart('-') : text.Replace('-', '−');
    }

    private static string Short(double value)
    {
        if (value == 0) return "0";
        var power = (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9);
        if (power is >= -3 and < 7) return $"{value:#,0.######}".Replace('-', '−');
        var factor = Math.Round(value / Math.Pow(10, power), 3);
        var ten = "10" + string.Concat($"{power}".Select(d => d == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[d - '0']));
        return factor == 1 ? ten : $"{Numbers.Show(factor)}·{ten}";
    }
}
