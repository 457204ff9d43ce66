namespace DeepCourse.Weights;

/// <summary>What a file holds under names.</summary>
/// <param name="Tensors">What can be read.</param>
/// <param name="Unreadable">What can't, with what it is, such as "a sparse tensor".</param>
internal sealed record Contents(
    IReadOnlyDictionary<string, StoredTensor> Tensors,
    IReadOnlyDictionary<string, string> Unreadable);
