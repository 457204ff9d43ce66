namespace DeepCourse.Notebooks.Jupyter;

/// <summary>The kernel process ended, or did not start. The message holds its last words.</summary>
public sealed class KernelDiedException(string message) : Exception(message);
