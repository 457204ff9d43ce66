namespace DeepCourse.Notebooks.Execution;

/// <summary>How a notebook is run.</summary>
/// <param name="CellTimeout">How long a cell may take; null for no limit.</param>
public sealed record RunOptions(TimeSpan? CellTimeout = null);
