namespace DeepCourse.Weights;

/// <summary>Published weights of ResNet-152.</summary>
public sealed class ResNet152Weights : IPretrained<ResNet152Weights>
{
    private ResNet152Weights() { }

    /// <summary>78.312 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<ResNet152Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "resnet152-394f9c45.pth",
        230.4, 78.312, 94.046);

    /// <summary>82.284 % of ImageNet's validation images right, by the training recipe of 2021.</summary>
    public static PretrainedWeights<ResNet152Weights> ImageNet1K_V2 { get; } = new("IMAGENET1K_V2", "resnet152-f82ba261.pth",
        230.5, 82.284, 96.002)
    { Preprocessing = Preprocessing.ImageNet with { Resize = 232 } };

    /// <summary>The best ones: <see cref="ImageNet1K_V2"/>.</summary>
    public static PretrainedWeights<ResNet152Weights> Default => ImageNet1K_V2;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<ResNet152Weights>> All { get; } = [ImageNet1K_V1, ImageNet1K_V2];
}
