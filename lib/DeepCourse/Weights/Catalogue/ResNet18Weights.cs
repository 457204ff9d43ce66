namespace DeepCourse.Weights;

/// <summary>Published weights of ResNet-18.</summary>
public sealed class ResNet18Weights : IPretrained<ResNet18Weights>
{
    private ResNet18Weights() { }

    /// <summary>69.758 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<ResNet18Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "resnet18-f37072fd.pth", 44.7,
        69.758, 89.078);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<ResNet18Weights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<ResNet18Weights>> All { get; } = [ImageNet1K_V1];
}
