using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>
/// A convolutional layer number by number: K filters, each a stack of slices, one for every channel of the image. Every output is
/// the sum over all slices plus the filter's bias. Click an output to jump to it.
/// </summary>
public sealed class TensorConvolution : Figure
{
    private const int Cell = 32, Gap = 34, Top = 30, Largest = 9;

    private readonly float[] _image, _kernels, _bias;
    private readonly int _channels, _height, _width, _filters, _size, _stride, _padding, _rows, _columns;

    /// <summary>Shows a layer at work.</summary>
    /// <param name="image">C×H×W, up to four channels and 9×9 with the padding. It stays the caller's.</param>
    /// <param name="kernels">K×C×F×F, up to four filters. It stays the caller's.</param>
    /// <param name="bias">K numbers; zeros when left out. It stays the caller's.</param>
    /// <param name="stride">How far the window moves at each step.</param>
    /// <param name="padding">How many zeros are put around the image, on each side.</param>
    /// <exception cref="ArgumentException">Shapes that do not fit, or too many numbers to read.</exception>
    public TensorConvolution(Tensor image, Tensor kernels, Tensor? bias = null, int stride = 1, int padding = 0)
    {
        if (image.ndim != 3 || kernels.ndim != 4 || kernels.shape[1] != image.shape[0] || kernels.shape[2] != kernels.shape[3])
            throw new ArgumentException(
                "An image C×H×W takes K square filters K×C×F×F with as many slices as it has channels; these "
                    + $"are {string.Join('×', image.shape)} and {string.Join('×', kernels.shape)}.");
        if (bias is not null && bias.numel() != kernels.shape[0])
            throw new ArgumentException(
                $"There is one bias for each of the {kernels.shape[0]} filters; these are {bias.numel()}.", nameof(bias));
        (_channels, _height, _width) = ((int)image.shape[0], (int)image.shape[1], (int)image.shape[2]);
        (_filters, _size, _stride, _padding) = ((int)kernels.shape[0], (int)kernels.shape[2], stride, padding);
        if (_channels > 4 || _filters > 4 || Math.Max(_height, _width) + 2 * padding > Largest)
            throw new ArgumentException(
                $"These are too many numbers to read: up to four channels, four filters and {Largest}×{Largest} pixels with the "
                    + "padding are shown.");
        _rows = Convolution.OutputSize(_height, _size, stride, padding);
        _columns = Convolution.OutputSize(_width, _size, stride, padding);
        (_image, _kernels, _bias) = (image.ToFloats(), kernels.ToFloats(), bias?.ToFloats() ?? new float[_filters]);
    }

    private int Count => _filters * _rows * _columns;

    private (int Filter, int Row, int Column) At(int step) =>
        (step / (_rows * _columns), step / _columns % _rows, step % _columns);

    private float Pixel(int channel, int row, int column) =>
        row < _padding || column < _padding || row >= _height + _padding || column >= _width + _padding
            ? 0
            : _image[(channel * _height + row - _padding) * _width + column - _padding];

    private float Weight(int filter, int channel, int row, int column) =>
        _kernels[((filter * _channels + channel) * _size + row) * _size + column];

    private float Slice(int step, int channel)
    {
        var (filter, row, column) = At(step);
        return Enumerable.Range(0, _size * _size)
            .Sum(i =>
                Pixel(channel, row * _stride + i / _size, column * _stride + i % _size) * Weight(filter, channel, i / _size,
                    i % _size));
    }

    private float Output(int step) => Enumerable.Range(0, _channels).Sum(c => Slice(step, c)) + _bias[At(step).Filter];

    private string Name(int channel) => _channels == 3 ? new[] { "red", "green", "blue" }[channel] : $"channel {channel}";

    private string Caption(int step)
    {
        var (filter, row, column) = At(step);
        return $"filter {filter}, row {row}, "
            + $"column {column}: "
            + $"{string.Join(" + ", Enumerable.Range(0, _channels).Select(c => $"{Numbers.Show(Slice(step, c))} ({Name(c)})"))} "
            + $"+ bias {Numbers.Show(_bias[filter])} = {Numbers.Show(Output(step))}";
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var steps = new Steps(Count);
        int padded = _width + 2 * _padding, tall = _height + 2 * _padding;
        double filterX = padded * Cell + 2 * Gap, outputX = filterX + Math.Max(_size * Cell, 130) + Gap;
        double RowOf(int channel) => Top + channel * (tall * Cell + Gap);
        var largest = _kernels.Max(Math.Abs);

        var channels = Enumerable.Range(0, _channels).Select(c => new object?[]
        {
            Drawing.Heading(2, RowOf(c) - 8, $"{Name(c)} {_height}×{_width}{(_padding > 0 ? $", padding {_padding}" : "")}",
                Palette.Input),
            Each(tall, padded,
                (r, k) => Grid.Cell(2 + k * Cell, RowOf(c) + r * Cell, Cell, Numbers.Show(Pixel(c, r, k)),
                    r < _padding || k < _padding || r >= _height + _padding || k >= _width + _padding
                        ? null
                        : Grid.Veil(Palette.Input, 0.13))),
            Drawing.Heading(filterX, RowOf(c) - 8, "its slice", Palette.Kernel),
            Each(_size, _size, (r, k) => Element("g",
                Element("rect", ("x", filterX + k * Cell), ("y", RowOf(c) + r * Cell), ("width", Cell), ("height", Cell),
                    ("fill", "none"), ("stroke", "currentColor"), ("stroke-opacity", 0.35)),
                steps.Moving("rect", [("x", filterX + k * Cell), ("y", RowOf(c) + r * Cell), ("width", Cell), ("height", Cell)],
                    ("fill", i => Weight(At(i).Filter, c, r, k) >= 0 ? Palette.Kernel : Palette.Input),
                    ("fill-opacity", i => Number(0.55 * Math.Abs(Weight(At(i).Filter, c, r, k)) / largest))),
                steps.Moving("text",
                    [("x", filterX + (k + 0.5) * Cell), ("y", RowOf(c) + (r + 0.66) * Cell), ("text-anchor", "middle"),
                        ("font-size", 16), ("fill", "currentColor")],
                    ("text", i => Numbers.Show(Weight(At(i).Filter, c, r, k)))))),
            steps.Moving("text",
                [("x", filterX + _size * Cell / 2.0), ("y", RowOf(c) + _size * Cell + 20), ("text-anchor", "middle"),
                    ("font-size", 16), ("fill", "currentColor")], ("text", i => $"sum {Numbers.Show(Slice(i, c))}")),
            steps.Moving("rect",
                [("width", _size * Cell), ("height", _size * Cell), ("fill", "none"), ("stroke", Palette.Kernel),
                    ("stroke-width", 4)],
                ("x", i => Number(2 + At(i).Column * _stride * Cell)), ("y", i => Number(RowOf(c) + At(i).Row * _stride * Cell))),
        });
        double OutputY(int filter) => Top + filter * (_rows * Cell + 2 * Gap);
        var outputs = Enumerable.Range(0, _filters).Select(f => new object?[]
        {
            Drawing.Heading(outputX, OutputY(f) - 8, $"output {f}, bias {Numbers.Show(_bias[f])}", Palette.Output),
            Each(_rows, _columns, (r, k) =>
            {
                var step = (f * _rows + r) * _columns + k;
                return Element("g", ("data-step", step),
                    Element("rect", ("x", outputX + k * Cell), ("y", OutputY(f) + r * Cell), ("width", Cell), ("height", Cell),
                        ("fill", Palette.Output), ("fill-opacity", 0.15), ("stroke", "currentColor"), ("stroke-opacity", 0.35)),
                    steps.Moving("text",
                        [("x", outputX + (k + 0.5) * Cell), ("y", OutputY(f) + (r + 0.66) * Cell), ("text-anchor", "middle"),
                            ("font-size", 16), ("fill", "currentColor")],
                        ("text", i => i >= step ? Numbers.Show(Output(step)) : "")));
            }),
        });
        var width = outputX + Math.Max(_columns * Cell, 190);
        var height = Math.Max(RowOf(_channels) - Gap + 26, OutputY(_filters));
        var drawing = Drawing.Svg(width, height, ToText(), channels, outputs,
            steps.Moving("rect",
                [("width", Cell), ("height", Cell), ("fill", "none"), ("stroke", Palette.Output), ("stroke-width", 4)],
                ("x", i => Number(outputX + At(i).Column * Cell)), ("y", i => Number(OutputY(At(i).Filter) + At(i).Row * Cell))));
        return steps.ToMarkup(drawing, "output", Caption);
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"A convolutional layer: an image of {_width}×{_height}×{_channels}, {_filters} filters of {_size}×{_size}×{_channels}, "
            + $"stride {_stride}, padding {_padding}: {_columns}×{_rows}×{_filters} outputs.\n"
        + string.Join('\n',
            Enumerable.Range(0, _filters)
                .Select(f => $"output {f}:\n{Numbers.Table(_rows, _columns, (r, c) => Output((f * _rows + r) * _columns + c))}"))
        + $"\nfirst: {Caption(0)}";

    private static IEnumerable<Markup> Each(int rows, int columns, Func<int, int, Markup> draw) =>
        Enumerable.Range(0, rows * columns).Select(i => draw(i / columns, i % columns));
}
