namespace DeepCourse;

/// <summary>
/// Tests that run alone: libtorch's random numbers and TorchSharp's count of tensors are the whole process's, so that tests
/// beside them would change both.
/// </summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone
{
    /// <summary>How many tensors there are, those not counted that only wait for the garbage collector.</summary>
    public static long Tensors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return TorchSharp.torch.Tensor.TotalCount;
    }
}
