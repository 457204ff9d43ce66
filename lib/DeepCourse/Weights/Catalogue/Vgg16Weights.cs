namespace DeepCourse.Weights;

/// <summary>Published weights of VGG-16.</summary>
public sealed class Vgg16Weights : IPretrained<Vgg16Weights>
{
    private Vgg16Weights() { }

    /// <summary>71.592 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<Vgg16Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "vgg16-397923af.pth", 527.8,
        71.592, 90.382);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<Vgg16Weights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<Vgg16Weights>> All { get; } = [ImageNet1K_V1];
}
