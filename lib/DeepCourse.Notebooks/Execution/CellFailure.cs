namespace DeepCourse.Notebooks.Execution;

/// <summary>The cell that ended a run, and why.</summary>
/// <param name="Number">Its number among the code cells, from 1: the one that notebooks show beside it.</param>
/// <param name="Message">What went wrong, in one line.</param>
/// <param name="Report">What the kernel said, line by line, without colours.</param>
public sealed record CellFailure(int Number, string Message, IReadOnlyList<string> Report);
