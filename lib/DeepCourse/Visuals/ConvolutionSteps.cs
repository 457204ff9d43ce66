using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>
/// A convolution step by step: the window moves over the image, the products of weights and pixels stand written out, their sum
/// goes into the output. The reader drives it with a slider, the arrow keys, or by pointing at an output; a switch turns the
/// kernel by 180 degrees, which is the difference between what networks compute (cross-correlation) and convolution.
/// </summary>
public sealed class ConvolutionSteps : Figure
{
    private const int Cell = 44, Gap = 60, Top = 34;
    private const int LargestSide = 12;

    private readonly float[,] _image;
    private readonly Kernel _kernel;
    private readonly int _stride, _padding, _rows, _columns;

    /// <summary>Shows <paramref name="kernel"/> sliding over <paramref name="image"/>.</summary>
    /// <param name="image">H×W, both up to 12 with the padding, so that every number can be read. It stays the caller's.</param>
    /// <param name="kernel">The weights.</param>
    /// <param name="stride">How far the window moves at each step.</param>
    /// <param name="padding">How many zeros are put around the image, on each side; drawn as a ring.</param>
    /// <exception cref="ArgumentException">Another shape, too large, or a kernel that does not fit.</exception>
    public ConvolutionSteps(Tensor image, Kernel kernel, int stride = 1, int padding = 0)
    {
        if (image.ndim != 2)
            throw new ArgumentException(
                $"The image is a tensor H×W; this one is {string.Join('×', image.shape)}. Take one channel with x[0].",
                nameof(image));
        var (height, width) = ((int)image.shape[0], (int)image.shape[1]);
        if (Math.Max(height, width) + 2 * padding > LargestSide)
            throw new ArgumentException(
                $"An image of {height}×{width} with a padding of {padding} has too many numbers to read; show a part of up "
                    + $"to {LargestSide}×{LargestSide}, such as x[..8, ..8].", nameof(image));
        (_kernel, _stride, _padding) = (kernel, stride, padding);
        _rows = Convolution.OutputSize(height, kernel.Rows, stride, padding);
        _columns = Convolution.OutputSize(width, kernel.Columns, stride, padding);
        _image = new float[height, width];
        Buffer.BlockCopy(image.ToFloats(), 0, _image, 0, height * width * sizeof(float));
    }

    private int Height => _image.GetLength(0);

    private int Width => _image.GetLength(1);

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        int inputHeight = Height + 2 * _padding, inputWidth = Width + 2 * _padding;
        int kernelX = inputWidth * Cell + Gap, outputX = kernelX + _kernel.Columns * Cell + Gap;
        int totalWidth = outputX + _columns * Cell + 4,
            totalHeight = Top + Math.Max(inputHeight, Math.Max(_kernel.Rows, _rows)) * Cell + 4;

        Markup Box(string name, double x, double y, int columns, int rows, string colour) =>
            Element("rect", ("class", name), ("x", x), ("y", y),
            ("width", columns * Cell), ("height", rows * Cell), ("fill", "none"), ("stroke", colour), ("stroke-width", 4));

        var largest = Enumerable.Range(0, _kernel.Rows * _kernel.Columns)
            .Max(i => Math.Abs(_kernel[i / _kernel.Columns, i % _kernel.Columns]));
        var drawing = Drawing.Svg(totalWidth, totalHeight, ToText(),
            Drawing.Heading(2, 20, _padding > 0 ? $"image {Height}×{Width}, padded with {_padding}" : $"image {Height}×{Width}",
                Palette.Input),
            Drawing.Heading(kernelX, 20, $"kernel {_kernel.Rows}×{_kernel.Columns}", Palette.Kernel),
            Drawing.Heading(outputX, 20, $"output {_rows}×{_columns}", Palette.Output),
            Cells(inputHeight, inputWidth, 2, "in", (r, c) => Numbers.Show(Pixel(r, c)),
                (r, c) => IsPadding(r, c) ? null : Grid.Veil(Palette.Input, 0.12)),
            Cells(_kernel.Rows, _kernel.Columns, kernelX, "k", (r, c) => Numbers.Show(_kernel[r, c]),
                (r, c) => Grid.Signed(_kernel[r, c], largest)),
            Cells(_rows, _columns, outputX, "out", (r, c) => Numbers.Show(Output(r, c, false)),
                (_, _) => Grid.Veil(Palette.Output, 0.15)),
            Box("window", 2, Top, _kernel.Columns, _kernel.Rows, Palette.Kernel),
            Box("target", outputX, Top, 1, 1, Palette.Output));

        var bar = Controls.Bar(Controls.Player(_rows * _columns, "step of the convolution"),
            Element("label", Element("input", ("type", "checkbox"), ("data-do", "flip")),
                " turn the kernel by 180° (convolution)"));
        return Controls.Figure(bar, drawing, Arithmetic(0, 0), "convolution-steps.js", new
        {
            image = Matrix(inputHeight, inputWidth, Pixel),
            kernel = Matrix(_kernel.Rows, _kernel.Columns, (r, c) => _kernel[r, c]),
            stride = _stride,
            rows = _rows,
            columns = _columns,
            cell = Cell,
            left = 2,
            top = Top,
            outLeft = outputX,
        });
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"Convolution step by step: the kernel “{_kernel.Name}” ({_kernel.Rows}×{_kernel.Columns}) slides over an image "
            + $"of {Height}×{Width} with stride {_stride} and padding {_padding}, which gives {_rows}×{_columns} outputs.\n"
        + $"image:\n{Numbers.Table(Height, Width, (r, c) => _image[r, c])}\n"
        + $"kernel:\n{Numbers.Table(_kernel.Rows, _kernel.Columns, (r, c) => _kernel[r, c])}\n"
        + $"first window: {Arithmetic(0, 0)}\n"
        + $"output:\n{Numbers.Table(_rows, _columns, (r, c) => Output(r, c, false))}";

    private bool IsPadding(int row, int column) =>
        row < _padding || row >= Height + _padding || column < _padding || column >= Width + _padding;

    private float Pixel(int row, int column) => IsPadding(row, column) ? 0 : _image[row - _padding, column - _padding];

    private float Output(int row, int column, bool flip) =>
        Enumerable.Range(0, _kernel.Rows).Sum(i => Enumerable.Range(0, _kernel.Columns).Sum(j =>
            Pixel(row * _stride + i, column * _stride + j) * (flip
                ? _kernel[_kernel.Rows - 1 - i, _kernel.Columns - 1 - j]
                : _kernel[i, j])));

    private string Arithmetic(int row, int column)
    {
        var products = Enumerable.Range(0, _kernel.Rows).SelectMany(i => Enumerable.Range(0, _kernel.Columns).Select(j =>
            $"{Numbers.Show(Pixel(row * _stride + i, column * _stride + j))}·{Bracket(_kernel[i, j])}"));
        return $"{string.Join(" + ", products)} = {Numbers.Show(Output(row, column, false))}";
    }

    private static string Bracket(float value) => value < 0 ? $"({Numbers.Show(value)})" : Numbers.Show(value);

    private static IEnumerable<Markup> Cells(
        int rows,
        int columns,
        double x,
        string kind,
        Func<int, int, string> text,
        Func<int, int, Markup?> fill) =>
        Enumerable.Range(0, rows).SelectMany(r => Enumerable.Range(0, columns).Select(c =>
            Grid.Cell(x + c * Cell, Top + r * Cell, Cell, text(r, c), fill(r, c), ("class", kind))));

    private static float[][] Matrix(int rows, int columns, Func<int, int, float> value) =>
        [.. Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, columns).Select(c => value(r, c)).ToArray())];
}
