namespace DeepCourse.Notebooks.Execution;

/// <summary>What came of running a notebook.</summary>
/// <param name="CellsRun">How many code cells ran.</param>
/// <param name="Changed">How many of them gave another output than the stored one.</param>
/// <param name="Elapsed">How long it took, with the kernel's start.</param>
/// <param name="Failure">The cell that failed; null when none did.</param>
/// <param name="Warning">What is to be said besides: messages of the kernel that made no sense.</param>
public sealed record RunResult(int CellsRun, int Changed, TimeSpan Elapsed, CellFailure? Failure, string? Warning = null);
