using System.Diagnostics.CodeAnalysis;

namespace DeepCourse.Weights;

/// <summary>The weights of a network that was trained again, by torchvision's recipe of 2021.</summary>
/// <typeparam name="T">The network's own class of them, such as <see cref="ResNet50Weights"/>.</typeparam>
[SuppressMessage("Design", "CA1000", Justification = "Called by the name of a derived class: ResNet50Weights.ImageNet1K_V2")]
public abstract class PublishedTwice<T> : Published<T> where T : PublishedTwice<T>
{
    private protected PublishedTwice() { }

    /// <summary>Those of 2021, four to five images of 100 better.</summary>
    public static PretrainedWeights<T> ImageNet1K_V2 => Named("IMAGENET1K_V2");
}
