namespace DeepCourse.Weights;

/// <summary>Published weights of ResNet-50.</summary>
public sealed class ResNet50Weights : IPretrained<ResNet50Weights>
{
    private ResNet50Weights() { }

    /// <summary>76.130 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<ResNet50Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "resnet50-0676ba61.pth", 97.8,
        76.130, 92.862);

    /// <summary>80.858 % of ImageNet's validation images right, by the training recipe of 2021.</summary>
    public static PretrainedWeights<ResNet50Weights> ImageNet1K_V2 { get; } = new("IMAGENET1K_V2", "resnet50-11ad3fa6.pth", 97.8,
        80.858, 95.434)
    { Preprocessing = Preprocessing.ImageNet with { Resize = 232 } };

    /// <summary>The best ones: <see cref="ImageNet1K_V2"/>.</summary>
    public static PretrainedWeights<ResNet50Weights> Default => ImageNet1K_V2;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<ResNet50Weights>> All { get; } = [ImageNet1K_V1, ImageNet1K_V2];
}
