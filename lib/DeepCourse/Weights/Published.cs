using System.Diagnostics.CodeAnalysis;

namespace DeepCourse.Weights;

/// <summary>The weights that are published for a network: <c>ResNet18Weights.Default</c>.</summary>
/// <typeparam name="T">The network's own class of them, such as <see cref="ResNet18Weights"/>.</typeparam>
[SuppressMessage("Design", "CA1000", Justification = "Called by the name of a derived class: ResNet18Weights.Default")]
public abstract class Published<T> where T : Published<T>
{
    private const string Suffix = "Weights";

    private protected Published() { }

    /// <summary>The weights that there are, the oldest first.</summary>
    public static IReadOnlyList<PretrainedWeights<T>> All { get; } =
        [.. Catalogue.Rows.Where(r => r.Network + Suffix == typeof(T).Name).Select(r =>
            new PretrainedWeights<T>(r.Name, r.FileName, r.Megabytes, r.Top1, r.Top5)
            {
                Preprocessing = Preprocessing.ImageNet with { Resize = r.Resize },
            })];

    /// <summary>The best ones: the newest.</summary>
    public static PretrainedWeights<T> Default => All[^1];

    /// <summary>The first that were published.</summary>
    public static PretrainedWeights<T> ImageNet1K_V1 => Named("IMAGENET1K_V1");

    private protected static PretrainedWeights<T> Named(string name) => All.Single(w => w.Name == name);
}
