using System.Globalization;
using DeepCourse.Native;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Shortens the gradient of all parameters together to a length, where it is longer (Pascanu et al. 2013).</summary>
/// <param name="maxNorm">The length, in the Euclidean norm.</param>
public sealed class GradientClipping(double maxNorm) : Callback
{
    private readonly double _maxNorm = maxNorm > 0
        ? maxNorm
        : throw new ArgumentOutOfRangeException(nameof(maxNorm), maxNorm,
            "The longest gradient allowed is a length above 0, such as 1.");

    /// <inheritdoc/>
    public override string Name => string.Create(CultureInfo.InvariantCulture, $"{base.Name}({_maxNorm:g6})");

    /// <inheritdoc/>
    public override void AfterBackward(Trainer trainer) =>
        nn.utils.clip_grad_norm_(trainer.Optimizer.parameters().DistinctByMemory(), _maxNorm);
}
