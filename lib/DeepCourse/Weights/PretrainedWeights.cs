namespace DeepCourse.Weights;

/// <summary>
/// Published weights by name, as in torchvision: <c>ResNet50.Create(ResNet50Weights.ImageNet1K_V2)</c>, or the same as a text,
/// <c>"IMAGENET1K_V2"</c>. Trained on ImageNet's 1,000 classes by torchvision; accuracies are torchvision's, on ImageNet's
/// validation images, one crop each.
/// </summary>
/// <typeparam name="T">The network's list of weights: weights of one network can't be given to another.</typeparam>
/// <param name="Name">Such as "IMAGENET1K_V1".</param>
/// <param name="FileName">The file, with the beginning of its SHA-256 in its name.</param>
/// <param name="Megabytes">The file's size in MB (2²⁰ bytes).</param>
/// <param name="Top1">Images of 100 whose most probable class is right.</param>
/// <param name="Top5">Images of 100 whose class is among the five most probable ones.</param>
public sealed record PretrainedWeights<T>(string Name, string FileName, double Megabytes, double Top1, double Top5)
    where T : Published<T>
{
    /// <summary>What an image goes through before it meets the network.</summary>
    public Preprocessing Preprocessing { get; init; } = Preprocessing.ImageNet;

    /// <summary>Where it is published.</summary>
    public Uri Url => new($"https://download.pytorch.org/models/{FileName}");

    /// <summary>The names of the 1,000 classes, in the order of the network's outputs.</summary>
    public IReadOnlyList<string> Classes { get; init; } = ImageNet.Classes;

    /// <summary>Whether the file lies in PyTorch's cache already.</summary>
    public bool IsInCache => File.Exists(WeightsCache.PathOf(FileName));

    /// <summary>The weights of a name; "DEFAULT" for the newest.</summary>
    /// <exception cref="ArgumentException">There are none of that name; the message lists those that there are.</exception>
    public static implicit operator PretrainedWeights<T>?(string? name) => name is null ? null
        : name.Equals("DEFAULT", StringComparison.OrdinalIgnoreCase) ? Published<T>.All[^1]
        : Published<T>.All.FirstOrDefault(w => w.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(
            $"{typeof(T).Name} has no weights '{name}'. There are "
                + $"{string.Join(", ", Published<T>.All.Select(w => $"\"{w.Name}\""))} and \"DEFAULT\", or null for random "
                + "ones.", nameof(name));

    /// <inheritdoc/>
    public override string ToString() =>
        $"{typeof(T).Name}.{Name}: {Top1} % of ImageNet's validation images right, {Megabytes} MB";

    /// <summary>The file's path in PyTorch's cache, after downloading it if it is not there.</summary>
    /// <exception cref="WeightsException">It can't be had; the message says which file to put where.</exception>
    internal string Fetch() => WeightsCache.Fetch(FileName, Url, Megabytes);
}
