namespace DeepCourse.Notebooks.Engine;

/// <summary>What can be written somewhere.</summary>
/// <param name="Start">Where the text to be replaced begins, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Items">The candidates, best first.</param>
public sealed record Completions(int Start, int End, IReadOnlyList<Completion> Items);

/// <summary>One candidate.</summary>
/// <param name="Text">What is inserted.</param>
/// <param name="Kind">What it is: "function", "class", "variable", …</param>
public sealed record Completion(string Text, string Kind);
