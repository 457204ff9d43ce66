using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// A photograph, nine numbers, and what they make of it, at once. The reader edits the numbers or picks a kernel; pointing at a
/// pixel shows the nine grey values (0 to 255) under a loupe, and writes out their products with the nine weights and the sum.
/// Works without the engine: the browser computes.
/// </summary>
public sealed class KernelPlayground : Figure
{
    private const int Widest = 260;

    private readonly Picture _picture;
    private readonly IReadOnlyList<Kernel> _kernels;

    /// <summary>Shows <paramref name="picture"/>, in grey and at most 260 pixels wide, with <paramref name="kernels"/> to begin
    /// from.</summary>
    /// <exception cref="ArgumentException">No kernel, or one that is not 3×3.</exception>
    public KernelPlayground(Picture picture, params IReadOnlyList<Kernel> kernels)
    {
        if (kernels.Count == 0 || kernels.Any(k => (k.Rows, k.Columns) != (3, 3)))
            throw new ArgumentException("The playground takes at least one kernel, and kernels of 3×3.", nameof(kernels));
        var grey = picture.ToGrey();
        _picture = grey.Width > Widest ? grey.Resize(Widest, Math.Max(1, grey.Height * Widest / grey.Width)) : grey;
        _kernels = kernels;
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var bar = Controls.Bar(
            _kernels.Select((k, i) => Element("button", ("type", "button"), ("data-kernel", i), k.Name)),
            Element("label",
                Element("input", ("type", "checkbox"), ("data-do", "shift"), ("checked", IsEdge(_kernels[0]) ? "" : null)),
                " zero is middle grey"));
        var sides = Element("div", ("class", "side"),
            _picture.ToImage("the photograph, in grey"),
            Element("div", ("class", "middle"),
                Element("div", ("class", "loupe"), ("aria-label", "the nine grey values"),
                    Enumerable.Range(0, 9).Select(_ => Element("output"))),
                Element("div", ("class", "nine"),
                    Enumerable.Range(0, 9)
                        .Select(i => Element("input", ("type", "number"), ("step", "any"),
                            ("value", $"{_kernels[0][i / 3, i % 3]:0.###}"),
                            ("aria-label", $"weight in row {i / 3}, column {i % 3}"))))),
            Element("canvas", ("width", _picture.Width), ("height", _picture.Height), ("role", "img"),
                ("aria-label", "what the kernel makes of it")));
        return Controls.Figure(bar, sides, ToText(), "kernel-playground.js",
            new
            {
                width = _picture.Width,
                height = _picture.Height,
                kernels = _kernels.Select(k => new
                {
                    weights = Enumerable.Range(0, 9).Select(i => k[i / 3, i % 3]),
                    shift = IsEdge(k)
                })
            });
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"A photograph of {_picture.Width}×{_picture.Height} pixels and a 3×3 kernel to edit; kernels to begin "
            + $"from: {string.Join(", ", _kernels.Select(k => k.Name))}.";

    // Weights that add up to nothing give values on both sides of 0.
    private static bool IsEdge(Kernel kernel) => Math.Abs(Enumerable.Range(0, 9).Sum(i => kernel[i / 3, i % 3])) < 0.01;
}
