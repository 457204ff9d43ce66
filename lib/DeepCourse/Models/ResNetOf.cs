using System.Diagnostics.CodeAnalysis;
using DeepCourse.Weights;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>A residual network of the paper's, such as <see cref="ResNet18"/>.</summary>
/// <typeparam name="TWeights">Its published weights.</typeparam>
[SuppressMessage("Design", "CA1000", Justification = "Called by the name of a derived class: ResNet18.Create")]
public abstract class ResNetOf<TWeights> where TWeights : Published<TWeights>
{
    private protected ResNetOf() { }

    private static ResNetDesign Design { get; } = ResNetDesign.Of(typeof(TWeights).Name.Replace("Weights", "",
        StringComparison.Ordinal));

    /// <summary>The network with published weights, or with random ones (He et al. 2015).</summary>
    /// <param name="weights">Such as <c>ResNet18Weights.Default</c> or <c>"IMAGENET1K_V1"</c>; null for random ones.</param>
    /// <param name="classes">How many classes it tells apart: 1,000 are those of published weights. With another number the last
    /// layer is new, drawn as PyTorch draws it, and only the others come from the file (<c>classes: 6</c>, for
    /// fine-tuning).</param>
    /// <param name="seed">Of random weights, or of the new last layer.</param>
    /// <param name="device">The CPU when left out; on the meta device it has no weights, only shapes.</param>
    /// <exception cref="ArgumentException">No class at all.</exception>
    /// <exception cref="WeightsException">The weights are not there and can't be downloaded, or their file is broken.</exception>
    public static ResNet Create(
        PretrainedWeights<TWeights>? weights = null,
        int classes = 1000,
        long seed = 1,
        Device? device = null) =>
        ResNet.Create(Design, weights, classes, seed, device);

    /// <summary>The network for the class room's small images, 28×28 or 32×32: a first convolution of 3×3 without stride, no
    /// first pooling (He et al. 2016, section 4.2).</summary>
    /// <param name="channels">Channels of an image.</param>
    /// <param name="classes">How many classes it tells apart.</param>
    /// <param name="width">Channels of the first stage; 64 in the large network.</param>
    /// <param name="seed">Of the random weights.</param>
    /// <param name="device">The CPU when left out; on the meta device it has no weights, only shapes.</param>
    public static ResNet CreateSmall(int channels = 1, int classes = 10, int width = 64, long seed = 1, Device? device = null) =>
        ResNet.Create(Design with { Channels = channels, Width = width, ForSmallImages = true }, classes, seed, device);
}
