namespace DeepCourse.Notebooks.Engine;

/// <summary>What the loops of a cell look at. Called by code that <see cref="TopLevelLoops"/> puts into cells.</summary>
public static class Interruption
{
    internal static CancellationToken Token { get; set; }

    /// <summary>Ends the cell if an interrupt was asked for.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public static void Check() => Token.ThrowIfCancellationRequested();
}
