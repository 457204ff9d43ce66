namespace DeepCourse.Notebooks.Engine;

/// <summary>The person in front of the notebook, to be asked for a line of text.</summary>
public interface ICellInput
{
    /// <summary>Asks, and waits for the answer; an interrupt of the cell ends the wait.</summary>
    /// <param name="prompt">What is asked.</param>
    /// <param name="isPassword">Whether the answer must not be shown.</param>
    /// <exception cref="InvalidOperationException">The front-end can't ask, as when a notebook is run by a program.</exception>
    string ReadLine(string prompt, bool isPassword);
}
