namespace DeepCourse.Weights;

/// <summary>Published weights of AlexNet.</summary>
public sealed class AlexNetWeights : IPretrained<AlexNetWeights>
{
    private AlexNetWeights() { }

    /// <summary>56.522 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<AlexNetWeights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "alexnet-owt-7be5be79.pth",
        233.1, 56.522, 79.066);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<AlexNetWeights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<AlexNetWeights>> All { get; } = [ImageNet1K_V1];
}
