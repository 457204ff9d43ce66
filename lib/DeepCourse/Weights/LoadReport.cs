namespace DeepCourse.Weights;

/// <summary>What became of a file's tensors when they were loaded into a network.</summary>
/// <param name="Loaded">How many tensors were loaded.</param>
/// <param name="Missing">Names that the network has and the file has not.</param>
/// <param name="Unexpected">Names that the file has and the network has not.</param>
/// <param name="MisShaped">Names that both have in different shapes, with both.</param>
public sealed record LoadReport(
    int Loaded,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unexpected,
    IReadOnlyList<string> MisShaped)
{
    /// <summary>Names that both have, and the file in a form that can't be read, with what it is.</summary>
    public IReadOnlyList<string> Unreadable { get; init; } = [];

    /// <summary>Whether all fits.</summary>
    public bool IsComplete => Missing.Count + Unexpected.Count + MisShaped.Count + Unreadable.Count == 0;

    /// <summary>One readable list.</summary>
    public override string ToString() => string.Join('\n', new[]
    {
        $"{Loaded} tensors loaded.",
        List("missing in the file", Missing),
        List("unknown to the network", Unexpected),
        List("of another shape", MisShaped),
        List("in a form that can't be read", Unreadable),
    }.OfType<string>());

    private static string? List(string what, IReadOnlyList<string> names) => names.Count == 0 ? null
        : $"{names.Count} {what}: {string.Join(", ", names.Take(12))}"
            + $"{(names.Count > 12 ? $", and {names.Count - 12} more" : "")}";
}
