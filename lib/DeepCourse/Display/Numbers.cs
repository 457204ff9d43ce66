using System.Globalization;

namespace DeepCourse.Display;

/// <summary>Numbers as figures write them: short, with a real minus sign.</summary>
internal static class Numbers
{
    /// <summary>Up to two decimals.</summary>
    public static string Show(double value) => value.ToString("0.##", CultureInfo.InvariantCulture) switch
    {
        "-0" => "0",
        var text => text.Replace('-', '−'),
    };

    /// <summary>A matrix in rows, its columns aligned.</summary>
    public static string Table(int rows, int columns, Func<int, int, double> value, string indent = "  ")
    {
        var texts = Enumerable.Range(0, rows)
            .Select(r => Enumerable.Range(0, columns).Select(c => Show(value(r, c))).ToArray())
            .ToArray();
        var width = texts.Max(row => row.Max(t => t.Length));
        return string.Join('\n', texts.Select(row => indent + string.Join("  ", row.Select(t => t.PadLeft(width)))));
    }
}
