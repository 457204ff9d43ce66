namespace DeepCourse.Weights;

/// <summary>Published weights of ResNet-34.</summary>
public sealed class ResNet34Weights : IPretrained<ResNet34Weights>
{
    private ResNet34Weights() { }

    /// <summary>73.314 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<ResNet34Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "resnet34-b627a593.pth", 83.3,
        73.314, 91.420);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<ResNet34Weights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<ResNet34Weights>> All { get; } = [ImageNet1K_V1];
}
