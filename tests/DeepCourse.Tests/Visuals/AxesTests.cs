using System.Text.RegularExpressions;
using CsCheck;

namespace DeepCourse.Visuals;

public sealed partial class AxesTests
{
    [Theory]
    [InlineData(0, 1, "0.0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0.71, 0.93, "0.70 0.75 0.80 0.85 0.90 0.95")]
    [InlineData(-3, 3, "−4 −2 0 2 4")]
    [InlineData(0, 123_456, "0 50,000 100,000 150,000")]
    [InlineData(0, 2e-5, "0 5·10⁻⁶ 10⁻⁵ 1.5·10⁻⁵ 2·10⁻⁵")]
    [InlineData(5, 5, "4.7 4.8 4.9 5.0 5.1 5.2 5.3")]
    [InlineData(double.NaN, 1, "0.0 0.2 0.4 0.6 0.8 1.0")]
    public void A_linear_axis_has_round_numbers_that_go_as_far_as_the_values(double low, double high, string expected)
    {
        var axis = Axis.Linear(low, high);
        Assert.Equal(expected, string.Join(' ', axis.Ticks.Select(axis.Write)));
    }

    [Fact]
    public void A_linear_axis_of_any_range_has_few_numbers_that_are_1_2_or_5_apart()
    {
        Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[-9, 6]).Sample((low, size) =>
        {
            var high = low + Math.Pow(10, size) + Math.Abs(low) * 1e-6;
            var axis = Axis.Linear(low, high);
            Assert.InRange(axis.Ticks.Count, 3, 8);
            Assert.True(axis.Low <= low + 1e-6 * (high - low) && axis.High >= high - 1e-6 * (high - low));
            var step = axis.Ticks[1] - axis.Ticks[0];
            var leading = step / Math.Pow(10, Math.Floor(Math.Log10(step) + 1e-6));
            Assert.Contains(new[] { 1.0, 2, 5 }, m => Math.Abs(m - leading) < 1e-2);
            Assert.True(Axis.Linear(low, high, isTight: true).Ticks.All(t => t >= low - 1e-6 * (high - low)
                && t <= high + 1e-6 * (high - low)));
        }, seed: "0000000000001", iter: 300);
    }

    [Theory]
    [InlineData(1e-5, 1, false, "10⁻⁵ 10⁻⁴ 0.001 0.01 0.1 1")]
    [InlineData(1200, 140_000, false, "1,000 10,000 100,000 1,000,000")]
    [InlineData(30, 700, true, "50 100 200 500")]
    [InlineData(3e-6, 4e-5, true, "5·10⁻⁶ 10⁻⁵ 2·10⁻⁵")]
    public void A_logarithmic_axis_has_powers_of_ten_and_more_where_these_are_few(
        double low,
        double high,
        bool tight,
        string expected)
    {
        var axis = Axis.Logarithmic(low, high, tight);
        Assert.Equal(expected, string.Join(' ', axis.Ticks.Select(axis.Write)));
        Assert.Equal(0.5, axis.Share(Math.Sqrt(axis.Low * axis.High)), 1e-9);
        Assert.Contains("above 0", Assert.Throws<ArgumentOutOfRangeException>(() => Axis.Logarithmic(0, 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Epochs_are_counted_from_one_in_whole_numbers()
    {
        Assert.Equal([1.0], Axis.Counting(1).Ticks);
        Assert.Equal([1.0, 2, 3, 4, 5], Axis.Counting(5).Ticks);
        Assert.Equal([1.0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200], Axis.Counting(200).Ticks);
    }

    [Fact]
    public void Numbers_and_names_that_would_touch_are_moved_or_left_out()
    {
        var axes = new Axes(430, 300, Axis.Of(0, 100, [.. Enumerable.Range(0, 101).Select(i => (double)i)]), Axis.Linear(0, 1));
        var shown = Number().Matches(string.Concat(axes.Frame("x"))).Select(m => double.Parse(m.Groups[1].Value)).ToList();
        Assert.InRange(shown.Count, 8, 30);
        Assert.All(shown.Zip(shown.Skip(1)), p => Assert.True(p.Second - p.First > 20));
        var crowd = Enumerable.Range(0, 12).Select(i => (50 + i * 0.5, 0.5 + i * 0.01, $"network {i}")).ToList();
        var names = axes.Names(crowd, crowd.Select(c => (c.Item1, c.Item2))).Select(n => Place().Match(n.ToString())).ToList();
        Assert.InRange(names.Count, 2, 11);
        var boxes = names.Select(n => (X: double.Parse(n.Groups[1].Value), Y: double.Parse(n.Groups[2].Value))).ToList();
        for (var i = 0; i < boxes.Count; i++)
            for (var j = 0; j < i; j++)
                Assert.True(Math.Abs(boxes[i].Y - boxes[j].Y) >= 16
                    || Math.Abs(boxes[i].X - boxes[j].X) >= Drawing.WidthOf("network", 16));
    }

    [GeneratedRegex("<text x=\"([0-9.]+)\"[^>]*text-anchor=\"middle\"[^>]*>[0-9]")]
    private static partial Regex Number();

    [GeneratedRegex("<text x=\"([0-9.]+)\" y=\"([0-9.]+)\"")]
    private static partial Regex Place();
}
