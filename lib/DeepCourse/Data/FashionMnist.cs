using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>
/// Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017): grey images of clothing, 28×28, ten classes alike in number. As small as
/// MNIST's digits, and harder.
/// </summary>
public sealed class FashionMnist : IDisposable
{
    private FashionMnist(Tensor images, Tensor labels) => (Images, Labels) = (images, labels);

    /// <summary>What the labels 0 to 9 mean.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt",
        "sneaker", "bag", "ankle boot"];

    /// <summary>N×1×28×28, floats in [0, 1]; 0 is the background.</summary>
    public Tensor Images { get; }

    /// <summary>N labels, int64, from 0 to 9.</summary>
    public Tensor Labels { get; }

    /// <summary>How many images there are.</summary>
    public int Count => (int)Labels.shape[0];

    /// <summary>The images to learn from, the first <paramref name="count"/> of 60,000. The caller disposes it.</summary>
    /// <inheritdoc cref="Test"/>
    public static FashionMnist Train(int count = 60_000) => Load("train", count, 60_000,
        "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
        "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056");

    /// <summary>The images to be tested on, the first <paramref name="count"/> of 10,000. The caller disposes it.</summary>
    /// <exception cref="FileNotFoundException">The data is not there.</exception>
    /// <exception cref="InvalidDataException">A file of it is damaged.</exception>
    /// <exception cref="ArgumentOutOfRangeException">So many there are not.</exception>
    public static FashionMnist Test(int count = 10_000) => Load("t10k", count, 10_000,
        "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
        "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05");

    /// <summary>One of the images.</summary>
    public Picture Picture(int index)
    {
        using var image = Images[index];
        return Vision.Picture.FromTensor(image);
    }

    /// <summary>A copy of <paramref name="count"/> of the images, from number <paramref name="from"/> on, such as some to
    /// validate on. The caller disposes it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They are not all there.</exception>
    public FashionMnist Part(int from, int count)
    {
        if (from < 0 || count < 1 || from > Count - count)
            throw new ArgumentOutOfRangeException(nameof(from),
                $"Images {from:N0} to {from + (long)count:N0} are not all among these {Count:N0}.");
        using var scope = NewDisposeScope();
        return new FashionMnist(Images.narrow(0, from, count).clone().MoveToOuterDisposeScope(),
            Labels.narrow(0, from, count).clone().MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }

    private static FashionMnist Load(string part, int count, int all, string imagesHash, string labelsHash)
    {
        if (count < 1 || count > all)
            throw new ArgumentOutOfRangeException(nameof(count), count,
                $"This part of Fashion-MNIST has {all:N0} images; ask for 1 to {all:N0}.");
        using var scope = NewDisposeScope();
        var images = Idx.Read(Datasets.Find($"fashion-mnist/{part}-images-idx3-ubyte.gz"), imagesHash);
        var labels = Idx.Read(Datasets.Find($"fashion-mnist/{part}-labels-idx1-ubyte.gz"), labelsHash);
        return new FashionMnist(
            images[..count].unsqueeze(1).to(ScalarType.Float32).div_(255).MoveToOuterDisposeScope(),
            labels[..count].to(ScalarType.Int64).MoveToOuterDisposeScope());
    }
}
