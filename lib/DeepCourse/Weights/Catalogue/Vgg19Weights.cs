namespace DeepCourse.Weights;

/// <summary>Published weights of VGG-19.</summary>
public sealed class Vgg19Weights : IPretrained<Vgg19Weights>
{
    private Vgg19Weights() { }

    /// <summary>72.376 % of ImageNet's validation images right.</summary>
    public static PretrainedWeights<Vgg19Weights> ImageNet1K_V1 { get; } = new("IMAGENET1K_V1", "vgg19-dcbb9e9d.pth", 548.1,
        72.376, 90.876);

    /// <summary>The best ones: <see cref="ImageNet1K_V1"/>.</summary>
    public static PretrainedWeights<Vgg19Weights> Default => ImageNet1K_V1;

    /// <inheritdoc/>
    public static IReadOnlyList<PretrainedWeights<Vgg19Weights>> All { get; } = [ImageNet1K_V1];
}
