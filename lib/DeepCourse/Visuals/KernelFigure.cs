using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>A kernel as a grid: every weight as a number, and as a colour, orange for positive and blue for negative
/// ones.</summary>
public sealed class KernelFigure(Kernel kernel) : Figure
{
    private const int Cell = 56, Margin = 2;

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var largest = Weights().Select(Math.Abs).Max();
        var cells = Enumerable.Range(0, kernel.Rows).SelectMany(r => Enumerable.Range(0, kernel.Columns).Select(c =>
            Grid.Cell(Margin + c * Cell, Margin + r * Cell, Cell, Numbers.Show(kernel[r, c]),
                Grid.Signed(kernel[r, c], largest))));
        int width = kernel.Columns * Cell + 2 * Margin, height = kernel.Rows * Cell + 2 * Margin;
        return Element("figure", ("style", "display:inline-block;margin:0.5em 1em 0.5em 0;"),
            Element("svg", ("viewBox", $"0 0 {width} {height}"), ("width", width), ("style", "max-width:100%;height:auto;"),
                ("role", "img"), ("aria-label", ToText()), cells),
            Element("figcaption", ("style", "text-align:center;font-size:16px;"), kernel.Name));
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"Kernel “{kernel.Name}”, {kernel.Rows}×{kernel.Columns}, weights add up "
            + $"to {Numbers.Show(Weights().Sum())}:\n{Numbers.Table(kernel.Rows, kernel.Columns, (r, c) => kernel[r, c])}";

    private IEnumerable<double> Weights() =>
        Enumerable.Range(0, kernel.Rows * kernel.Columns).Select(i => (double)kernel[i / kernel.Columns, i % kernel.Columns]);
}
