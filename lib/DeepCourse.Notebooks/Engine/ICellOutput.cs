using DeepCourse.Notebooks.Formatting;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// Where a running cell's output goes. Called from any thread, also after the cell ended (a task that it left running writes
/// late), and never throws.
/// </summary>
public interface ICellOutput
{
    /// <summary>Text written to the console: standard error where <paramref name="isError"/>, else standard output.</summary>
    void Write(string text, bool isError);

    /// <summary>Called after a write, where waiting does no harm: holds up a cell that writes faster than a front-end can
    /// show.</summary>
    void Pace();

    /// <summary>A value shown, with the identity under which it can be updated; <paramref name="isUpdate"/> when it replaces what
    /// was shown under it.</summary>
    void Display(MimeBundle bundle, string displayId, bool isUpdate);

    /// <summary>Asks for the cell's outputs to be removed: at once, or (<paramref name="wait"/>) when the next one
    /// comes.</summary>
    void Clear(bool wait);
}
