namespace DeepCourse.Weights;

/// <summary>Published weights of VGG-11 with batch norm.</summary>
public sealed class Vgg11BnWeights : IPretrained<Vgg11BnWeights>
{
    private Vgg11BnWeights() { }

    /// <summary>70.370 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<Vgg11BnWeights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "vgg11_bn-6002323d.pth", 506.9,
        70.370, 89.810);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<Vgg11BnWeights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<Vgg11BnWeights>> All { get; } = [ImageNet1K_V1];
}
