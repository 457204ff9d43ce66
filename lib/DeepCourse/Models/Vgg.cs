using DeepCourse.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>
/// The VGG networks (Simonyan and Zisserman 2015): nothing but 3×3 convolutions, 2×2 pooling, and three linear layers that hold
/// nine tenths of the parameters.
/// <see cref="Vgg16"/> and its kin make them. Layer names are torchvision's.
/// </summary>
public sealed class Vgg : nn.Module<Tensor, Tensor>
{
    private readonly Sequential features, classifier;
    private readonly AdaptiveAvgPool2d avgpool;

    /// <summary>The networks of the paper: depth, and whether batch norm follows every convolution, which is torchvision's
    /// addition.</summary>
    internal static IReadOnlyList<(string Name, int Depth, bool BatchNorm)> Designs { get; } =
    [
        ("Vgg11", 11, false), ("Vgg11Bn", 11, true), ("Vgg13", 13, false), ("Vgg13Bn", 13, true),
        ("Vgg16", 16, false), ("Vgg16Bn", 16, true), ("Vgg19", 19, false), ("Vgg19Bn", 19, true),
    ];

    /// <param name="depth">The number of layers with weights.</param>
    /// <param name="batchNorm">Whether batch norm follows every convolution.</param>
    /// <param name="classes">How many classes it tells apart.</param>
    /// <param name="dropout">The probability with which a neuron of the classifier is left out in training.</param>
    private Vgg(int depth, bool batchNorm, int classes, double dropout) : base($"VGG{depth}{(batchNorm ? "_BN" : "")}")
    {
        // Output channels of the convolutions; a stage ends in pooling. Table 1 of the paper, columns A, B, D and E.
        int[][] stages = depth switch
        {
            11 => [[64], [128], [256, 256], [512, 512], [512, 512]],
            13 => [[64, 64], [128, 128], [256, 256], [512, 512], [512, 512]],
            16 => [[64, 64], [128, 128], [256, 256, 256], [512, 512, 512], [512, 512, 512]],
            _ => [[64, 64], [128, 128], [256, 256, 256, 256], [512, 512, 512, 512], [512, 512, 512, 512]],
        };
        features = nn.Sequential(Layers(stages, batchNorm));
        avgpool = nn.AdaptiveAvgPool2d((7, 7));
        classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096, device: META), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, 4096, device: META), nn.ReLU(), nn.Dropout(dropout),
            nn.Linear(4096, Initialization.Classes(classes), device: META));
        RegisterComponents();
    }

    private static IEnumerable<nn.Module<Tensor, Tensor>> Layers(int[][] stages, bool batchNorm)
    {
        var channels = 3;
        foreach (var stage in stages)
        {
            foreach (var width in stage)
            {
                yield return nn.Conv2d(channels, width, 3, padding: 1, device: META);
                if (batchNorm) yield return nn.BatchNorm2d(width, device: META);
                yield return nn.ReLU();
                channels = width;
            }
            yield return nn.MaxPool2d(2, 2);
        }
    }

    /// <summary>The network with published weights, or with random ones: He's for convolutions, normal with deviation 0.01 for
    /// linear layers, biases 0.</summary>
    internal static Vgg Create<T>(
        int depth,
        bool batchNorm,
        PretrainedWeights<T>? weights,
        int classes,
        double dropout,
        long seed,
        Device? device) where T : Published<T>
    {
        var network = new Vgg(depth, batchNorm, classes, dropout);
        if (weights is not null) return Pretraining.Load(network, weights, classes, "classifier.6", seed, device);
        return Initialization.Begin(network, device, seed, (module, generator) =>
        {
            if (module is Convolution convolution) Initialization.He(convolution, generator);
            if (module is not Linear linear) return;
            Initialization.Normal(linear.weight, 0.01, generator);
            linear.bias!.zero_();
        });
    }

    /// <summary>Logits N×classes of images N×3×H×W, normalised as <see cref="Preprocessing"/> does; made for 224×224.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return classifier.call(avgpool.call(features.call(input)).flatten(1)).MoveToOuterDisposeScope();
    }
}
