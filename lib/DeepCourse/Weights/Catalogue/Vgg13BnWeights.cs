namespace DeepCourse.Weights;

/// <summary>Published weights of VGG-13 with batch norm.</summary>
public sealed class Vgg13BnWeights : IPretrained<Vgg13BnWeights>
{
    private Vgg13BnWeights() { }

    /// <summary>71.586 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<Vgg13BnWeights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "vgg13_bn-abd245e5.pth", 507.6,
        71.586, 90.374);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<Vgg13BnWeights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<Vgg13BnWeights>> All { get; } = [ImageNet1K_V1];
}
