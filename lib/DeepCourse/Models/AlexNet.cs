using DeepCourse.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>
/// AlexNet, which won ILSVRC 2012, in its form for one processor (Krizhevsky 2014, "One weird trick for parallelizing
/// convolutional neural networks"). 61,100,840 parameters for 1,000 classes. Layer names are torchvision's.
/// </summary>
public sealed class AlexNet : nn.Module<Tensor, Tensor>
{
    private readonly Sequential features, classifier;
    private readonly AdaptiveAvgPool2d avgpool;

    private AlexNet(int classes, double dropout) : base(nameof(AlexNet))
    {
        features = nn.Sequential(
            nn.Conv2d(3, 64, 11, stride: 4, padding: 2, device: META), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(64, 192, 5, padding: 2, device: META), nn.ReLU(), nn.MaxPool2d(3, 2),
            nn.Conv2d(192, 384, 3, padding: 1, device: META), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding: 1, device: META), nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding: 1, device: META), nn.ReLU(), nn.MaxPool2d(3, 2));
        avgpool = nn.AdaptiveAvgPool2d((6, 6));
        classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(256 * 6 * 6, 4096, device: META), nn.ReLU(),
            nn.Dropout(dropout), nn.Linear(4096, 4096, device: META), nn.ReLU(),
            nn.Linear(4096, Initialization.Classes(classes), device: META));
        RegisterComponents();
    }

    /// <summary>
    /// The network, with published weights or with random ones as in the paper of 2012: normal with deviation 0.01, biases 1 in
    /// the second, fourth and fifth convolution and in the hidden linear layers, 0 elsewhere.
    /// </summary>
    /// <param name="weights">Such as <c>AlexNetWeights.Default</c> or <c>"IMAGENET1K_V1"</c>; null for random ones.</param>
    /// <param name="classes">How many classes it tells apart: 1,000 are those of published weights. With another number the last
    /// layer is new, drawn as PyTorch draws it, and only the others come from the file (<c>classes: 6</c>, for
    /// fine-tuning).</param>
    /// <param name="dropout">The probability with which a neuron of the classifier is left out in training.</param>
    /// <param name="seed">Of random weights, or of the new last layer.</param>
    /// <param name="device">The CPU when left out; on the meta device it has no weights, only shapes.</param>
    /// <exception cref="ArgumentException">No class at all.</exception>
    /// <exception cref="WeightsException">The weights are not there and can't be downloaded, or their file is broken.</exception>
    public static AlexNet Create(
        PretrainedWeights<AlexNetWeights>? weights = null,
        int classes = 1000,
        double dropout = 0.5,
        long seed = 1,
        Device? device = null)
    {
        var network = new AlexNet(classes, dropout);
        if (weights is not null) return Pretraining.Load(network, weights, classes, "classifier.6", seed, device);
        return Initialization.Begin(network, device, seed, (module, generator) =>
        {
            if (module is Convolution conv)
            {
                Initialization.Normal(conv.weight, 0.01, generator);
                conv.bias!.fill_(conv.in_channels is 64 or 256 || (conv.in_channels, conv.out_channels) is (384, 256) ? 1 : 0);
            }
            else if (module is Linear linear)
            {
                Initialization.Normal(linear.weight, 0.01, generator);
                linear.bias!.fill_(linear == network.classifier[6] ? 0 : 1);
            }
        });
    }

    /// <summary>Logits N×classes of images N×3×H×W, normalised as <see cref="Preprocessing"/> does; made for 224×224.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return classifier.call(avgpool.call(features.call(input)).flatten(1)).MoveToOuterDisposeScope();
    }
}
