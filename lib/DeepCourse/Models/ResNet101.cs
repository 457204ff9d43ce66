using DeepCourse.Weights;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>ResNet-101: 44,549,160 parameters for 1,000 classes.</summary>
public static class ResNet101
{
    private static readonly ResNetDesign Design = new("ResNet101", ResidualBlock.Bottleneck, [3, 4, 23, 3]);

    /// <summary>The network with published weights, or with random ones (He et al. 2015).</summary>
    /// <param name="weights">Such as <c>ResNet101Weights.Default</c> or <c>"IMAGENET1K_V1"</c>; null for random ones.</param>
    /// <param name="classes">How many classes it tells apart; published weights have 1,000.</param>
    /// <param name="seed">Of random weights.</param>
    /// <param name="device">The CPU when left out; on the meta device it has no weights, only shapes.</param>
    /// <exception cref="ArgumentException">Published weights for another number of classes.</exception>
    /// <exception cref="WeightsException">The weights are not there and can't be downloaded, or their file is broken.</exception>
    public static ResNet Create(
        PretrainedWeights<ResNet101Weights>? weights = null,
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
