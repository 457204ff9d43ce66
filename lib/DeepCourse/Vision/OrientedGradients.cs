using static TorchSharp.torch;

namespace DeepCourse.Vision;

/// <summary>
/// Features as people designed them before networks learned their own: the image is cut into cells, and in each cell a histogram
/// counts which way the edges run, the strong ones more (histograms of oriented gradients; Dalal and Triggs, 2005, here without
/// their overlapping blocks).
/// </summary>
public static class OrientedGradients
{
    /// <summary>How many directions are told apart, over 180 degrees.</summary>
    public const int Bins = 9;

    /// <summary>The histograms of a batch of images.</summary>
    /// <param name="images">N×1×H×W. It stays the caller's.</param>
    /// <param name="cell">The side of a cell; what is left over at the far edges is not counted.</param>
    /// <returns>A new tensor N×(9·rows·columns); the caller disposes it. Each cell's nine numbers have length 1, or 0 where
    /// nothing changes.</returns>
    /// <exception cref="ArgumentException">Another shape, or a cell larger than the image.</exception>
    public static Tensor Histograms(Tensor images, int cell = 7)
    {
        if (images.ndim != 4 || images.shape[1] != 1)
            throw new ArgumentException($"Grey images are a tensor N×1×H×W; this one is {string.Join('×', images.shape)}.",
                nameof(images));
        foreach (var side in images.shape[2..]) Convolution.OutputSize((int)side, cell, cell);
        using var scope = NewDisposeScope();
        var (down, right) = Gradients(images);
        var strength = (down * down + right * right).sqrt();
        // The direction across the edge, in bins: light to dark and dark to light are the same edge.
        var direction = (atan2(down, right) / Math.PI).remainder(1) * Bins;
        var bins = arange(Bins, dtype: ScalarType.Float32).reshape(1, Bins, 1, 1);
        var distance = (direction - bins).remainder(Bins);
        var share = (1 - minimum(distance, Bins - distance)).clamp_min(0); // a direction between two bins counts for both
        var histograms = nn.functional.avg_pool2d(share * strength, cell, cell) * (cell * cell);
        return (histograms / (histograms.norm(1, keepdim: true) + 1e-3f)).flatten(1).MoveToOuterDisposeScope();
    }

    /// <summary>How fast every pixel changes downwards and to the right, by Sobel's kernels: two new tensors of the images'
    /// shape.</summary>
    internal static (Tensor Down, Tensor Right) Gradients(Tensor images)
    {
        using var scope = NewDisposeScope();
        var padded = nn.functional.pad(images.to(ScalarType.Float32), [1, 1, 1, 1], TorchSharp.PaddingModes.Replicate);
        Tensor Slide(Kernel kernel) => nn.functional.conv2d(padded, kernel.ToTensor().reshape(1, 1, 3, 3));
        return (Slide(Kernels.SobelHorizontal).MoveToOuterDisposeScope(), Slide(Kernels.SobelVertical).MoveToOuterDisposeScope());
    }
}
