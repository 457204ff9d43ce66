using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// The size of a convolution's output with its numbers put in: W₂ = (W₁ − F + 2P)/S + 1. Where the division does not come out
/// even, it says what is left over at the edge, and which padding or stride would fit.
/// </summary>
public sealed class SizeFormula(int input, int kernel, int stride = 1, int padding = 0) : Figure
{
    /// <summary>The size of the output, rounded down as libraries do.</summary>
    /// <exception cref="ArgumentException">The kernel does not fit at all.</exception>
    public int Output => Convolution.OutputSize(input, kernel, stride, padding);

    /// <summary>How many pixels at the far edge no window reaches; 0 where the sizes fit.</summary>
    public int LeftOver => (input - kernel + 2 * padding) % stride;

    private string Sum => $"({input} − {kernel} + 2·{padding})/{stride} + 1";

    private string? Warning => Output > 0 && LeftOver == 0 ? null
        : $"does not divide: {input - kernel + 2 * padding} by {stride} leaves {LeftOver}. Libraries round down, "
            + $"and {LeftOver} {(LeftOver == 1 ? "row and column" : "rows and columns")} of the padded "
            + $"image {(LeftOver == 1 ? "is" : "are")} never looked at. {Advice}";

    private string Advice
    {
        get
        {
            int[] paddings = [
                .. Enumerable.Range(0, kernel).Where(p => input + 2 * p >= kernel && (input - kernel + 2 * p) % stride == 0)];
            int[] strides = [.. Enumerable.Range(1, kernel).Where(s => (input - kernel + 2 * padding) % s == 0)];
            return $"It fits with {(paddings.Length > 0 ? $"padding {string.Join(" or ", paddings)}, or " : "")}stride "
                + $"{string.Join(" or ", strides)}.";
        }
    }

    /// <inheritdoc/>
    public override Markup ToHtml() =>
        Element("div", ("style", "font-size:20px;margin:.4em 0;"), "W₂ = (W₁ − F + 2P)/S + 1 = ", Sum, " = ",
            Element("b", ("style", $"color:{(Warning is null ? Palette.Output : Palette.Validation)};"), $"{Output}"),
        Warning is { } warning
            ? Element("div", ("style", $"font-size:16px;border-left:4px solid {Palette.Validation};padding-left:.6em;"), "✗ ",
                warning)
            : Element("span", "  ✓"));

    /// <inheritdoc/>
    public override string ToText() =>
        $"W2 = (W1 − F + 2P)/S + 1 = {Sum} = {Output}{(Warning is { } warning ? $"; {warning}" : "")}";
}
