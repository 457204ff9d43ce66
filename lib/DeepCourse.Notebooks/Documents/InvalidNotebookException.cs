namespace DeepCourse.Notebooks.Documents;

/// <summary>A file that can't be read as a notebook. The message names the file, the place in it and the way out.</summary>
public sealed class InvalidNotebookException : Exception
{
    /// <summary>An error in <paramref name="file"/>, described by <paramref name="problem"/>.</summary>
    public InvalidNotebookException(string file, string problem, Exception? cause = null) : base($"{file}: {problem}", cause)
    {
    }
}
