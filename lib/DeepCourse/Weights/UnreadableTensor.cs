namespace DeepCourse.Weights;

/// <summary>A tensor in a file that can't be read here; its name is told, and the rest of the file is read.</summary>
/// <param name="What">What it is, such as "a sparse tensor".</param>
internal sealed record UnreadableTensor(string What);
