namespace DeepCourse.Notebooks.Engine;

/// <summary>How a cell ended.</summary>
public enum CellStatus
{
    /// <summary>It ran to its end.</summary>
    Ok,

    /// <summary>It did not compile, or threw.</summary>
    Error,

    /// <summary>It was interrupted; what it had assigned is kept.</summary>
    Interrupted,
}
