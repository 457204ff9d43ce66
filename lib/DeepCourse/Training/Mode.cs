namespace DeepCourse.Training;

/// <summary>Which way is better.</summary>
public enum Mode
{
    /// <summary>More is better where the name ends with "accuracy", less is better where it ends with "loss" or "error"; of
    /// anything else it must be said.</summary>
    Auto,

    /// <summary>Less is better.</summary>
    Min,

    /// <summary>More is better.</summary>
    Max,
}
