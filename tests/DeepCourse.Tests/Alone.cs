namespace DeepCourse;

/// <summary>
/// Tests that run alone: libtorch's random numbers and TorchSharp's count of tensors are the whole process's, so that tests beside them would change both.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
