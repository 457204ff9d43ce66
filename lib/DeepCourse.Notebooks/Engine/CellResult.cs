using DeepCourse.Notebooks.Formatting;

namespace DeepCourse.Notebooks.Engine;

/// <summary>What came of one cell.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Value">The formatted value of its last expression; null when it ends in a statement.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
/// <param name="Page">A text to be shown apart from the outputs: what a name followed by a question mark means.</param>
public sealed record CellResult(CellStatus Status, MimeBundle? Value = null, CellError? Error = null, string? Page = null);
