namespace DeepCourse.Notebooks.Engine;

/// <summary>Why a cell failed: a compile error, or an exception while it ran.</summary>
/// <param name="Name">The kind of error, such as "CS0103" or "InvalidOperationException".</param>
/// <param name="Message">What went wrong, in one or a few lines.</param>
/// <param name="Line">The line within the cell, from 1; null when it is not known.</param>
/// <param name="Report">What to show below the cell, line by line, without colours.</param>
public sealed record CellError(string Name, string Message, int? Line, IReadOnlyList<string> Report);
