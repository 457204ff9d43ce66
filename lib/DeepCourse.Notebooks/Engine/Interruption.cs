namespace DeepCourse.Notebooks.Engine;

/// <summary>What the loops of a cell look at. Called by code that <see cref="TopLevelLoops"/> puts into cells.</summary>
public static class Interruption
{
    /// <summary>Cancelled when the running cell is to stop.</summary>
    public static CancellationToken Token { get; internal set; }

    /// <summary>
    /// Whether what runs looks at the token by itself and ends in its own time, such as a training after its step: then it is not cut off after a second. The library, which has no
    /// reference to the engine, finds both properties by name.
    /// </summary>
    public static bool IsHandled { get; set; }

    /// <summary>Ends the cell if an interrupt was asked for.</summary>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public static void Check() => Token.ThrowIfCancellationRequested();
}
