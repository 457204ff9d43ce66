using System.Globalization;

namespace DeepCourse.Summaries;

/// <summary>What stands in the cells of a summary; the same in every culture.</summary>
internal static class SummaryCells
{
    public static IReadOnlyList<string> Headings { get; } =
        ["layer", "input", "output", "kernel", "stride", "padding", "parameters", "multiply-adds"];

    /// <summary>The totals that stand below the table.</summary>
    public static IEnumerable<(string What, string Value)> Totals(ModelSummary summary) =>
    [
        ("parameters", Number(summary.Parameters)),
        ("trainable", Number(summary.Trainable)),
        ("multiply-adds", Number(summary.MultiplyAdds)),
        ("memory of parameters", $"{Megabytes(summary.ParameterBytes)} MB"),
        ("memory of outputs", $"{Megabytes(summary.OutputBytes)} MB for one example"),
    ];

    /// <summary>A number with its thousands apart.</summary>
    public static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>The same, and nothing for none.</summary>
    public static string NumberOrNothing(long value) => value == 0 ? "" : Number(value);

    /// <summary>How many parameters a row has, and whether some were counted before.</summary>
    public static string Count(LayerSummary layer) => layer switch
    {
        { IsShared: true, Parameters: 0 } => "(shared)",
        { IsShared: true } => $"{Number(layer.Parameters)} (shared)",
        _ => NumberOrNothing(layer.Parameters),
    };

    public static string Shapes(IReadOnlyList<IReadOnlyList<long>>? shapes) =>
        shapes is null ? "?" : string.Join("; ", shapes.Select(Sizes));

    public static string Sizes(IReadOnlyList<long> shape) => shape.Count == 0 ? "scalar" : string.Join('×', shape.Select(Digits));

    /// <summary>Numbers with commas between.</summary>
    public static string List(IEnumerable<long> numbers) => string.Join(", ", numbers.Select(Digits));

    /// <summary>A window's numbers: one where all are the same.</summary>
    public static string Window(IReadOnlyList<long>? sizes) =>
        sizes is null or [] ? "" : sizes.Distinct().Count() == 1 ? Digits(sizes[0]) : Sizes(sizes);

    /// <summary>A number as programs read it.</summary>
    public static string Digits(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => (bytes / 1048576.0).ToString("0.0", CultureInfo.InvariantCulture);
}
