namespace DeepCourse.Weights;

/// <summary>Published weights of VGG-19 with batch norm.</summary>
public sealed class Vgg19BnWeights : IPretrained<Vgg19BnWeights>
{
    private Vgg19BnWeights() { }

    /// <summary>74.218 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<Vgg19BnWeights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "vgg19_bn-c79401a0.pth", 548.1,
        74.218, 91.842);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<Vgg19BnWeights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<Vgg19BnWeights>> All { get; } = [ImageNet1K_V1];
}
