namespace DeepCourse.Weights;

/// <summary>Published weights of VGG-16 with batch norm.</summary>
public sealed class Vgg16BnWeights : IPretrained<Vgg16BnWeights>
{
    private Vgg16BnWeights() { }

    /// <summary>73.360 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<Vgg16BnWeights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "vgg16_bn-6c64b313.pth", 527.9,
        73.360, 91.516);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<Vgg16BnWeights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<Vgg16BnWeights>> All { get; } = [ImageNet1K_V1];
}
