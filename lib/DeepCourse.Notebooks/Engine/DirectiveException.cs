namespace DeepCourse.Notebooks.Engine;

/// <summary>A line such as <c>#r "…"</c> that can't be carried out; the message says what to do.</summary>
internal sealed class DirectiveException(string message, int line) : Exception(message)
{
    /// <summary>The line within the cell, from 1.</summary>
    public int Line { get; } = line;
}
