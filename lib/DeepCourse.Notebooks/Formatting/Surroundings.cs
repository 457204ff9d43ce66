namespace DeepCourse.Notebooks.Formatting;

/// <summary>What formatting has to know of whatever runs the code; the engine tells it, and formatting knows of no
/// engine.</summary>
internal static class Surroundings
{
    /// <summary>The cell that is running: what stays the same when it runs again, and the number that the notebook
    /// shows.</summary>
    public static Func<(string Key, int Number)> Cell { get; set; } = () => ("", 0);

    /// <summary>Whether an exception says no more than that somebody pressed stop: no value's own affair.</summary>
    public static Func<Exception, bool> IsStop { get; set; } = e => e is OperationCanceledException;
}
