namespace DeepCourse.Weights;

/// <summary>Published weights of VGG-11.</summary>
public sealed class Vgg11Weights : IPretrained<Vgg11Weights>
{
    private Vgg11Weights() { }

    /// <summary>69.020 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<Vgg11Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "vgg11-8a719046.pth", 506.8,
        69.020, 88.628);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<Vgg11Weights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<Vgg11Weights>> All { get; } = [ImageNet1K_V1];
}
