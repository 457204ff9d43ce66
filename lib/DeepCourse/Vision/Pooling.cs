using static TorchSharp.torch;

namespace DeepCourse.Vision;

/// <summary>Down-sampling: a window slides over an image, and one number stands for all that is in it.</summary>
public static class Pooling
{
    /// <summary>The largest value of every window (max pooling).</summary>
    /// <param name="image">H×W, or C×H×W, whose channels are treated one by one. It stays the caller's.</param>
    /// <param name="window">The window's height and width.</param>
    /// <param name="stride">How far it moves at each step; its own size when left out, so that windows stand side by
    /// side.</param>
    /// <returns>A new tensor, H'×W' or C×H'×W', with sizes as in <see cref="Convolution.OutputSize"/>; the caller disposes
    /// it.</returns>
    /// <exception cref="ArgumentException">Another shape, or a window that does not fit.</exception>
    public static Tensor Max(Tensor image, int window = 2, int? stride = null) =>
        Apply(image, window, stride ?? window, (x, s) => nn.functional.max_pool2d(x, window, s));

    /// <summary>The mean of every window (average pooling).</summary>
    /// <inheritdoc cref="Max"/>
    public static Tensor Average(Tensor image, int window = 2, int? stride = null) =>
        Apply(image, window, stride ?? window, (x, s) => nn.functional.avg_pool2d(x, window, s));

    private static Tensor Apply(Tensor image, int window, int stride, Func<Tensor, int, Tensor> pool)
    {
        if (image.ndim is not (2 or 3))
            throw new ArgumentException(
                $"The image is a tensor H×W or C×H×W; this one is {string.Join('×', image.shape)}. Take one image of a batch "
                    + "with x[0].", nameof(image));
        foreach (var side in image.shape[^2..]) Convolution.OutputSize((int)side, window, stride);
        using var scope = NewDisposeScope();
        var pooled = pool(image.detach().to(ScalarType.Float32).reshape(1, -1, image.shape[^2], image.shape[^1]), stride);
        return (image.ndim == 2 ? pooled[0, 0] : pooled[0]).MoveToOuterDisposeScope();
    }
}
