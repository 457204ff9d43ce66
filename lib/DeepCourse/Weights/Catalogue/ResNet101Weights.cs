namespace DeepCourse.Weights;

/// <summary>Published weights of ResNet-101.</summary>
public sealed class ResNet101Weights : IPretrained<ResNet101Weights>
{
    private ResNet101Weights() { }

    /// <summary>77.374 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<ResNet101Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "resnet101-63fe2227.pth",
        170.5, 77.374, 93.546);

    /// <summary>81.886 % of ImageNet's validation images right, by the training recipe of 2021.</summary>
    public static PretrainedWeights<ResNet101Weights> ImageNet1K_V2 { get; } = new("IMAGENET1K_V2", "resnet101-cd907fc2.pth",
        170.5, 81.886, 95.780)
    { Preprocessing = Preprocessing.ImageNet with { Resize = 232 } };

    /// <summary>The best ones: <see cref="ImageNet1K_V2"/>.</summary>
    public static PretrainedWeights<ResNet101Weights> Default => ImageNet1K_V2;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<ResNet101Weights>> All { get; } = [ImageNet1K_V1, ImageNet1K_V2];
}
