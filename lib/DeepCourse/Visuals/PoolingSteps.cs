using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>How a window of numbers becomes one.</summary>
public enum PoolingKind
{
    /// <summary>The largest.</summary>
    Max,

    /// <summary>The mean.</summary>
    Average,
}

/// <summary>Pooling step by step: the window moves over the image, and the largest number in it, or their mean, goes into the
/// output. Click an output to jump to it.</summary>
public sealed class PoolingSteps : Figure
{
    private const int Cell = 48, Gap = 80, Top = 34, Largest = 12;

    private readonly float[] _image;
    private readonly PoolingKind _kind;
    private readonly int _height, _width, _window, _stride, _rows, _columns;

    /// <summary>Shows pooling over <paramref name="image"/>.</summary>
    /// <param name="image">H×W, up to 12×12. It stays the caller's.</param>
    /// <param name="kind">The largest, or the mean.</param>
    /// <param name="window">The window's height and width.</param>
    /// <param name="stride">How far it moves; its own size when left out.</param>
    /// <exception cref="ArgumentException">Another shape, too large, or a window that does not fit.</exception>
    public PoolingSteps(Tensor image, PoolingKind kind = PoolingKind.Max, int window = 2, int? stride = null)
    {
        if (image.ndim != 2 || image.shape.Max() > Largest)
            throw new ArgumentException(
                $"The image is a tensor H×W of up to {Largest}×{Largest}, so that its numbers can be read; this one "
                    + $"is {string.Join('×', image.shape)}. Take a part, such as x[..8, ..8].", nameof(image));
        (_height, _width, _kind, _window, _stride) = ((int)image.shape[0], (int)image.shape[1], kind, window, stride ?? window);
        (_rows, _columns) = (Convolution.OutputSize(_height, window, _stride), Convolution.OutputSize(_width, window, _stride));
        _image = image.ToFloats();
    }

    private (int Row, int Column) At(int step) => (step / _columns, step % _columns);

    private float[] Window(int step) =>
        [.. Enumerable.Range(0, _window * _window)
            .Select(i => _image[(At(step).Row * _stride + i / _window) * _width + At(step).Column * _stride + i % _window])];

    private float Output(int step) => _kind == PoolingKind.Max ? Window(step).Max() : Window(step).Average();

    private string Caption(int step) =>
        $"row {At(step).Row}, column {At(step).Column}: the {(_kind == PoolingKind.Max ? "largest" : "mean")} "
            + $"of {string.Join(", ", Window(step).Select(v => Numbers.Show(v)))} is {Numbers.Show(Output(step))}";

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var steps = new Steps(_rows * _columns);
        double outputX = _width * Cell + Gap;
        var (low, high) = (_image.Min(), _image.Max());
        double Strength(double value) => high > low ? 0.08 + 0.5 * (value - low) / (high - low) : 0.1;
        var drawing = Drawing.Svg(outputX + Math.Max(_columns * Cell, 270) + 4, Top + _height * Cell + 4, ToText(),
            Drawing.Heading(2, 20, $"image {_height}×{_width}", Palette.Input),
            Drawing.Heading(outputX, 20,
                $"{(_kind == PoolingKind.Max ? "largest" : "mean")} of {_window}×{_window}, stride {_stride}", Palette.Output),
            Enumerable.Range(0, _image.Length)
                .Select(i => Grid.Cell(2 + i % _width * Cell, Top + i / _width * Cell, Cell, Numbers.Show(_image[i]),
                    Grid.Veil(Palette.Input, Strength(_image[i])))),
            Enumerable.Range(0, _rows * _columns).Select(s => Element("g", ("data-step", s),
                Element("rect", ("x", outputX + At(s).Column * Cell), ("y", Top + At(s).Row * Cell), ("width", Cell),
                    ("height", Cell), ("fill", Palette.Output), ("fill-opacity", Strength(Output(s))), ("stroke", "currentColor"),
                    ("stroke-opacity", 0.35)),
                steps.Moving("text",
                    [("x", outputX + (At(s).Column + 0.5) * Cell), ("y", Top + (At(s).Row + 0.64) * Cell),
                        ("text-anchor", "middle"), ("font-size", 18), ("fill", "currentColor")],
                        ("text", i => i >= s ? Numbers.Show(Output(s)) : "")))),
            steps.Moving("rect",
                [("width", _window * Cell), ("height", _window * Cell), ("fill", "none"), ("stroke", Palette.Kernel),
                    ("stroke-width", 4)],
                ("x", i => Number(2 + At(i).Column * _stride * Cell)), ("y", i => Number(Top + At(i).Row * _stride * Cell))),
            steps.Moving("rect",
                [("width", Cell), ("height", Cell), ("fill", "none"), ("stroke", Palette.Output), ("stroke-width", 4)],
                ("x", i => Number(outputX + At(i).Column * Cell)), ("y", i => Number(Top + At(i).Row * Cell))));
        return steps.ToMarkup(drawing, "window", Caption);
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"{_kind} pooling step by step: a window of {_window}×{_window} moves by {_stride} over an image "
            + $"of {_height}×{_width}.\nimage:\n{Numbers.Table(_height, _width, (r, c) => _image[r * _width + c])}\n"
        + $"first: {Caption(0)}\noutput:\n{Numbers.Table(_rows, _columns, (r, c) => Output(r * _columns + c))}";
}
