using DeepCourse.Display;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Vision;

/// <summary>A two-dimensional kernel: a few weights that slide over an image. Shows itself as a grid: every
/// weight as a number, and as a colour, orange for positive and blue for negative ones.</summary>
public sealed class Kernel : Figure
{
    private readonly float[,] _weights;

    /// <summary>A kernel with a name and its weights, row by row.</summary>
    /// <exception cref="ArgumentException">No weights.</exception>
    public Kernel(string name, float[,] weights)
    {
        if (weights.Length == 0) throw new ArgumentException("A kernel has at least one weight.", nameof(weights));
        Name = name;
        _weights = (float[,])weights.Clone();
    }

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>How many rows of weights it has.</summary>
    public int Rows => _weights.GetLength(0);

    /// <summary>How many columns of weights it has.</summary>
    public int Columns => _weights.GetLength(1);

    /// <summary>The weight at a row and column, from 0.</summary>
    public float this[int row, int column] => _weights[row, column];

    /// <summary>
    /// The kernel turned by 180 degrees. Convolution with a kernel is cross-correlation (what a CNN's layer computes) with the
    /// turned one.
    /// </summary>
    public Kernel Rotate180()
    {
        var turned = new float[Rows, Columns];
        for (var r = 0; r < Rows; r++)
            for (var c = 0; c < Columns; c++) turned[r, c] = this[Rows - 1 - r, Columns - 1 - c];
        return new Kernel($"{Name}, turned by 180°", turned);
    }

    /// <summary>The weights as a new tensor Rows×Columns; the caller disposes it.</summary>
    public Tensor ToTensor() => tensor(_weights.Cast<float>().ToArray(), [Rows, Columns]);

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        const int side = 56, margin = 2;
        var largest = Weights.Select(Math.Abs).Max();
        var cells = Enumerable.Range(0, Rows).SelectMany(r => Enumerable.Range(0, Columns).Select(c =>
            Grid.Cell(margin + c * side, margin + r * side, side, Numbers.Show(this[r, c]), Grid.Signed(this[r, c], largest))));
        int width = Columns * side + 2 * margin, height = Rows * side + 2 * margin;
        return Element("figure", ("style", "display:inline-block;margin:0.5em 1em 0.5em 0;"),
            Element("svg", ("viewBox", $"0 0 {width} {height}"), ("width", width), ("style", "max-width:100%;height:auto;"),
                ("role", "img"), ("aria-label", ToText()), cells),
            Element("figcaption", ("style", "text-align:center;font-size:16px;"), Name));
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"Kernel “{Name}”, {Rows}×{Columns}, weights add up to {Numbers.Show(Weights.Sum())}:\n"
            + Numbers.Table(Rows, Columns, (r, c) => this[r, c]);

    private IEnumerable<double> Weights => _weights.Cast<float>().Select(w => (double)w);
}
