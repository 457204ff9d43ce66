using System.Diagnostics.CodeAnalysis;
using DeepCourse.Weights;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>A VGG network of the paper's, such as <see cref="Vgg16"/>.</summary>
/// <typeparam name="TWeights">Its published weights.</typeparam>
[SuppressMessage("Design", "CA1000", Justification = "Called by the name of a derived class: Vgg16.Create")]
public abstract class VggOf<TWeights> where TWeights : Published<TWeights>
{
    private protected VggOf() { }

    private static (string Name, int Depth, bool BatchNorm) Design { get; } =
        Vgg.Designs.Single(d => typeof(TWeights).Name == $"{d.Name}Weights");

    /// <summary>The network with published weights, or with random ones (He et al. 2015; linear layers normal with deviation
    /// 0.01).</summary>
    /// <param name="weights">Such as <c>Vgg16Weights.Default</c> or <c>"IMAGENET1K_V1"</c>; null for random ones.</param>
    /// <param name="classes">How many classes it tells apart: 1,000 are those of published weights. With another number the last
    /// layer is new, drawn as PyTorch draws it, and only the others come from the file (<c>classes: 6</c>, for
    /// fine-tuning).</param>
    /// <param name="dropout">The probability with which a neuron of the classifier is left out in training.</param>
    /// <param name="seed">Of random weights, or of the new last layer.</param>
    /// <param name="device">The CPU when left out; on the meta device it has no weights, only shapes.</param>
    /// <exception cref="ArgumentException">No class at all.</exception>
    /// <exception cref="WeightsException">The weights are not there and can't be downloaded, or their file is broken.</exception>
    public static Vgg Create(
        PretrainedWeights<TWeights>? weights = null,
        int classes = 1000,
        double dropout = 0.5,
        long seed = 1,
        Device? device = null) =>
        Vgg.Create(Design.Depth, Design.BatchNorm, weights, classes, dropout, seed, device);
}
