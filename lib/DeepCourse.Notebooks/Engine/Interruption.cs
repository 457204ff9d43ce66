namespace DeepCourse.Notebooks.Engine;

/// <summary>The stop button for code that looks at it by itself. The library, which has no reference to the engine, finds both
/// properties by name.</summary>
public static class Interruption
{
    /// <summary>Cancelled when the running cell is to stop.</summary>
    public static CancellationToken Token { get; internal set; }

    /// <summary>
    /// Whether what runs looks at the token by itself and ends in its own time, such as a training after its step: then it is not
    /// cut off after a second.
    /// </summary>
    public static bool IsHandled { get; set; }
}
