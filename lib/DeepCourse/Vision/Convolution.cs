using static TorchSharp.torch;

namespace DeepCourse.Vision;

/// <summary>
/// A kernel sliding over an image. What networks call convolution does not turn the kernel and is, strictly, cross-correlation;
/// so it is here, and
/// <c>flip</c> gives the mathematicians' convolution. Notebook 3 writes it out by hand first; this is libtorch's, with messages
/// that say what does not fit.
/// </summary>
public static class Convolution
{
    /// <summary>
    /// How many places a window finds along one side: (input − kernel + 2·padding) / stride + 1, rounded down, as libraries do;
    /// what is left over at the far edge is never looked at.
    /// </summary>
    /// <exception cref="ArgumentException">A size or stride below 1, a padding below 0, or a kernel larger than the padded
    /// input.</exception>
    public static int OutputSize(int input, int kernel, int stride = 1, int padding = 0)
    {
        if (input < 1 || kernel < 1 || stride < 1 || padding < 0)
            throw new ArgumentException(
                "Input and kernel sizes and the stride are at least 1 and the padding at least 0; these "
                    + $"are {input}, {kernel}, {stride} and {padding}.");
        return input + 2 * padding >= kernel
            ? (input - kernel + 2 * padding) / stride + 1
            : throw new ArgumentException(
                $"A kernel of {kernel} does not fit into an input of {input} with a padding of {padding} on each side. Use a "
                    + "smaller kernel or more padding.");
    }

    /// <summary>
    /// Slides <paramref name="kernel"/> over <paramref name="image"/>: at every place the products of the weights and the pixels
    /// below them are added up.
    /// </summary>
    /// <param name="image">H×W, or C×H×W, whose channels are treated one by one. It stays the caller's.</param>
    /// <param name="kernel">The weights.</param>
    /// <param name="stride">How far the window moves at each step, in pixels.</param>
    /// <param name="padding">How many zeros are put around the image, on each side.</param>
    /// <param name="flip">Turn the kernel by 180 degrees first, which is convolution in the mathematical sense.</param>
    /// <returns>A new tensor, H'×W' or C×H'×W', with sizes as in <see cref="OutputSize"/>; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another shape, or a kernel that does not fit.</exception>
    public static Tensor Apply(Tensor image, Kernel kernel, int stride = 1, int padding = 0, bool flip = false)
    {
        var shape = image.shape;
        if (shape.Length is not (2 or 3))
            throw new ArgumentException(
                $"The image is a tensor H×W or C×H×W; this one is {string.Join('×', shape)}. Take one image of a batch "
                    + "with x[0].", nameof(image));
        int rows = OutputSize((int)shape[^2], kernel.Rows, stride, padding),
            columns = OutputSize((int)shape[^1], kernel.Columns, stride, padding);
        using var scope = NewDisposeScope();
        var weights = (flip ? kernel.Rotate180() : kernel).ToTensor().reshape(1, 1, kernel.Rows, kernel.Columns);
        // Every channel is a batch's image of one channel.
        var output = nn.functional.conv2d(image.detach().to(ScalarType.Float32).reshape(-1, 1, shape[^2], shape[^1]), weights,
            strides: [stride, stride], padding: [padding, padding]);
        return output.reshape(shape.Length == 3 ? [shape[0], rows, columns] : [rows, columns]).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The discrete convolution of two series, (f∗g)[t] = Σ f[τ]·g[t−τ]: every place where they overlap, so that it is as long as
    /// both together, minus one.
    /// </summary>
    /// <param name="f">A tensor of one dimension. It stays the caller's.</param>
    /// <param name="g">Another one. It stays the caller's.</param>
    /// <returns>A new float tensor; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">One of them has another number of dimensions, or no values.</exception>
    public static Tensor Apply(Tensor f, Tensor g)
    {
        if (f.ndim != 1 || g.ndim != 1 || f.numel() == 0 || g.numel() == 0)
            throw new ArgumentException(
                "Two series, tensors of one dimension with at least one value, are convolved; these "
                    + $"are {string.Join('×', f.shape)} and {string.Join('×', g.shape)}. An image takes a Kernel.");
        using var scope = NewDisposeScope();
        var kernel = g.detach().to(ScalarType.Float32).flip(0).reshape(1, 1, -1);
        return nn.functional.conv1d(f.detach().to(ScalarType.Float32).reshape(1, 1, -1), kernel, padding: g.numel() - 1)
            .reshape(-1)
            .MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Apply(Tensor, Kernel, int, int, bool)"/>, for a picture: a new tensor C×H'×W'. Its values may leave
    /// [0, 1].</summary>
    public static Tensor Apply(Picture picture, Kernel kernel, int stride = 1, int padding = 0, bool flip = false)
    {
        using var image = picture.View();
        return Apply(image, kernel, stride, padding, flip);
    }
}
