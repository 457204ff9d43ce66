using DeepCourse.Display;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>ImageNet's 1,000 classes (ILSVRC 2012), in the order in which published networks have them.</summary>
public static class ImageNet
{
    /// <summary>Their names, such as "tench" (0) and "toilet tissue" (999).</summary>
    public static IReadOnlyList<string> Classes { get; } = Markup.Resource(typeof(ImageNet).Assembly, "imagenet-classes.txt")
        .TrimEnd()
        .Split('\n');

    /// <summary>The most probable classes of a network's answer.</summary>
    /// <param name="logits">1,000, or 1×1,000. They stay the caller's.</param>
    /// <param name="count">How many.</param>
    /// <returns>Name and probability in [0, 1], the most probable first.</returns>
    /// <exception cref="ArgumentException">Another number of logits.</exception>
    public static IReadOnlyList<(string Name, double Probability)> Top(Tensor logits, int count = 5)
    {
        if (logits.numel() != Classes.Count)
            throw new ArgumentException(
                $"ImageNet has {Classes.Count:N0} classes, so one image has as many logits; these "
                    + $"are {string.Join('×', logits.shape)}.", nameof(logits));
        using var scope = NewDisposeScope();
        var (values, indices) = logits.detach().flatten().to(ScalarType.Float32).softmax(0).topk(count);
        return [.. indices.data<long>().ToArray().Zip(values.data<float>().ToArray(), (i, p) => (Classes[(int)i], (double)p))];
    }
}
