using System.Globalization;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>The weather of Seattle, day by day from 2012 to 2015 (NOAA).</summary>
public static class Weather
{
    /// <summary>What is measured, in this order: millimetres of precipitation, highest and lowest temperature in °C, wind in
    /// metres a second.</summary>
    public static IReadOnlyList<string> Columns { get; } = ["precipitation", "temp_max", "temp_min", "wind"];

    /// <summary>The days.</summary>
    public static IReadOnlyList<DateOnly> Days =>
        [.. Lines().Select(l => DateOnly.ParseExact(l[0], "yyyy/MM/dd", CultureInfo.InvariantCulture))];

    /// <summary>A new tensor 1,461×4, a row for each day, in the order of <see cref="Columns"/>; the caller disposes
    /// it.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static Tensor Table()
    {
        var rows = Lines();
        return tensor(rows.SelectMany(l => l[1..5].Select(v => float.Parse(v, CultureInfo.InvariantCulture))).ToArray(),
            [rows.Count, 4]);
    }

    private static List<string[]> Lines()
    {
        var path = Datasets.Find("weather/seattle-weather.csv");
        List<string[]> lines = [.. File.ReadLines(path).Skip(1).Where(l => l.Length > 0).Select(l => l.Split(','))];
        return lines.FindIndex(l => l.Length != 6) is >= 0 and var bad
            ? throw new InvalidDataException(
                $"{path}, line {bad + 2}: a day has six columns, and here are {lines[bad].Length}. Restore it with 'git checkout "
                    + "-- datasets'.")
            : lines;
    }
}
