using DeepCourse.Weights;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>VGG-16: 138,357,544 parameters for 1,000 classes.</summary>
public static class Vgg16
{
    /// <summary>The network with published weights, or with random ones (He et al. 2015; linear layers normal with deviation
    /// 0.01).</summary>
    /// <param name="weights">Such as <c>Vgg16Weights.Default</c> or <c>"IMAGENET1K_V1"</c>; null for random ones.</param>
    /// <param name="classes">How many classes it tells apart; published weights have 1,000.</param>
    /// <param name="dropout">The probability with which a neuron of the classifier is left out in training.</param>
    /// <param name="seed">Of random weights.</param>
    /// <param name="device">The CPU when left out; on the meta device it has no weights, only shapes.</param>
    /// <exception cref="ArgumentException">Published weights for another number of classes.</exception>
    /// <exception cref="WeightsException">The weights are not there and can't be downloaded, or their file is broken.</exception>
    public static Vgg Create(
        PretrainedWeights<Vgg16Weights>? weights = null,
        int classes = 1000,
        double dropout = 0.5,
        long seed = 1,
        Device? device = null) =>
        Vgg.Create(16, batchNorm: false, weights, classes, dropout, seed, device);
}
