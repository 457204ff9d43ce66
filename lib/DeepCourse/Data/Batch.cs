using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>Some examples that are learned from at once. It is valid until the next one is asked for.</summary>
/// <param name="Inputs">N×…, such as images N×C×H×W.</param>
/// <param name="Targets">What should come out: N labels, or N×… values.</param>
public readonly record struct Batch(Tensor Inputs, Tensor Targets)
{
    /// <summary>N.</summary>
    public int Count => (int)Inputs.shape[0];
}
