namespace DeepCourse.Weights;

/// <summary>Published weights of VGG-13.</summary>
public sealed class Vgg13Weights : IPretrained<Vgg13Weights>
{
    private Vgg13Weights() { }

    /// <summary>69.928 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<Vgg13Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "vgg13-19584684.pth", 507.5,
        69.928, 89.246);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<Vgg13Weights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<Vgg13Weights>> All { get; } = [ImageNet1K_V1];
}
