using static TorchSharp.torch;

namespace DeepCourse.Vision;

/// <summary>
/// A kernel sliding over an image, written out so that it can be read. What networks call convolution does not turn the kernel and is, strictly,
/// cross-correlation; so it is here, and <c>flip</c> gives the mathematicians' convolution.
/// </summary>
public static class Convolution
{
    /// <summary>
    /// How many places a window finds along one side: (input − kernel + 2·padding) / stride + 1, rounded down, as libraries do; what is left over at the far
    /// edge is never looked at.
    /// </summary>
    /// <exception cref="ArgumentException">A size or stride below 1, a padding below 0, or a kernel larger than the padded input.</exception>
    public static int OutputSize(int input, int kernel, int stride = 1, int padding = 0)
    {
        if (input < 1 || kernel < 1 || stride < 1 || padding < 0)
            throw new ArgumentException($"Input and kernel sizes and the stride are at least 1 and the padding at least 0; these are {input}, {kernel}, {stride} and {padding}.");
        return input + 2 * padding >= kernel
            ? (input - kernel + 2 * padding) / stride + 1
            : throw new ArgumentException($"A kernel of {kernel} does not fit into an input of {input} with a padding of {padding} on each side. Use a smaller kernel or more padding.");
    }

    /// <summary>
    /// Slides <paramref name="kernel"/> over <paramref name="image"/>: at every place the products of the weights and the pixels below them are added up.
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
            throw new ArgumentException($"The image is a tensor H×W or C×H×W; this one is {string.Join('×', shape)}. Take one image of a batch with x[0].", nameof(image));
        int channels = shape.Length == 3 ? (int)shape[0] : 1, height = (int)shape[^2], width = (int)shape[^1];
        int rows = OutputSize(height, kernel.Rows, stride, padding), columns = OutputSize(width, kernel.Columns, stride, padding);
        var pixels = image.ToFloats();
        if (flip) kernel = kernel.Rotate180();

        var output = new float[channels * rows * columns];
        for (var channel = 0; channel < channels; channel++)
            for (var r = 0; r < rows; r++)
                for (var c = 0; c < columns; c++)
                    output[(channel * rows + r) * columns + c] = Sum(pixels.AsSpan(channel * height * width, height * width), height, width, kernel, r * stride - padding, c * stride - padding);
        return tensor(output, shape.Length == 3 ? [channels, rows, columns] : [rows, columns]);
    }

    /// <summary>As <see cref="Apply(Tensor, Kernel, int, int, bool)"/>, for a picture: a new tensor C×H'×W'. Its values may leave [0, 1].</summary>
    public static Tensor Apply(Picture picture, Kernel kernel, int stride = 1, int padding = 0, bool flip = false)
    {
        using var image = picture.ToTensor();
        return Apply(image, kernel, stride, padding, flip);
    }

    /// <summary>The inner product of the kernel and the window whose upper left corner is at (top, left); outside the image there are zeros.</summary>
    private static float Sum(ReadOnlySpan<float> pixels, int height, int width, Kernel kernel, int top, int left)
    {
        var sum = 0f;
        for (var i = 0; i < kernel.Rows; i++)
            for (var j = 0; j < kernel.Columns; j++)
            {
                int row = top + i, column = left + j;
                if (row >= 0 && row < height && column >= 0 && column < width) sum += kernel[i, j] * pixels[row * width + column];
            }
        return sum;
    }
}
