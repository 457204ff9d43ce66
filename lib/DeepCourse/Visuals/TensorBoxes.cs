using DeepCourse.Display;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>
/// Tensors as boxes, each drawn to its shape, from a number to a batch of clips: <c>new TensorBoxes().Add("image", image)</c>.
/// The last value of every tensor is marked: to name it, one index for each dimension is needed.
/// </summary>
public sealed class TensorBoxes : Figure
{
    private const double Cell = 22, SkewX = 11, SkewY = 9;
    private const int Most = 5; // longer sides are cut

    private readonly List<(string Name, long[] Shape, string Example)> _tensors = [];

    /// <summary>Adds a tensor, which stays the caller's, with a line that says what is in it. Returns this figure.</summary>
    /// <exception cref="ArgumentException">More than five dimensions.</exception>
    public TensorBoxes Add(string name, Tensor tensor, string example = "")
    {
        if (tensor.ndim > 5)
            throw new ArgumentException($"Up to five dimensions are drawn; this tensor has {tensor.ndim}.", nameof(tensor));
        _tensors.Add((name, [.. tensor.shape], example));
        return this;
    }

    /// <inheritdoc/>
    public override Markup ToHtml() =>
        Element("div", ("style", "display:flex;flex-wrap:wrap;align-items:flex-end;gap:1.2em;"), _tensors.Select(t =>
        Element("figure", ("style", "margin:0;text-align:center;max-width:100%;"),
            Draw(t.Shape, $"{t.Name}, shape {Shape(t.Shape)}"),
            Element("figcaption", ("style", "font-size:16px;"), Element("b", t.Name), Element("br"),
                Element("code", Shape(t.Shape)), Element("br"), Index(t.Shape),
                t.Example.Length > 0 ? Element("div", ("style", "opacity:.75;"), t.Example) : null))));

    /// <inheritdoc/>
    public override string ToText() =>
        string.Join('\n',
            _tensors.Select(t =>
                $"{t.Name}: {t.Shape.Length} dimensions, shape {Shape(t.Shape)}, {t.Shape.Aggregate(1L, (a, b) => a * b):N0} "
                    + $"values{(t.Example.Length > 0 ? $" ({t.Example})" : "")}"));

    private static string Shape(long[] shape) =>
        shape.Length == 0 ? "()" : $"({string.Join(", ", shape)}{(shape.Length == 1 ? "," : "")})";

    private static string Index(long[] shape) =>
        shape.Length == 0 ? "no index" : $"[{string.Join(", ", shape.Select(s => $"{s - 1}"))}]";

    private static Markup Draw(long[] shape, string label)
    {
        // Five dimensions: rows and columns of boxes; the last three are the box.
        int[] sides = [.. Enumerable.Repeat(1L, 5 - shape.Length).Concat(shape).Select(s => (int)Math.Min(s, Most))];
        var (rows, columns, depth, height, width) = (Math.Min(sides[0], 3), Math.Min(sides[1], 3), sides[2], sides[3], sides[4]);
        double boxWidth = width * Cell + depth * SkewX + 10, boxHeight = height * Cell + depth * SkewY + 10;
        var boxes = from r in Enumerable.Range(0,
            rows)
                    from c in Enumerable.Range(0, columns)
                    select Box(c * boxWidth + 4, r * boxHeight + 4, depth, height, width,
                r == rows - 1 && c == columns - 1);
        var (w, h) = (columns * boxWidth + 8, rows * boxHeight + 8);
        return Element("svg", ("viewBox", $"0 0 {Number(w)} {Number(h)}"), ("width", w), ("style", "max-width:100%;height:auto;"),
            ("role", "img"), ("aria-label", label), boxes);
    }

    private static IEnumerable<Markup> Box(double x, double y, int depth, int height, int width, bool isLast)
    {
        // From the back to the front, each slice covers part of the one behind.
        for (var d = 0; d < depth; d++)
            for (var r = 0; r < height; r++)
                for (var c = 0; c < width; c++)
                {
                    var marked = isLast && d == depth - 1 && r == height - 1 && c == width - 1;
                    yield return Element("rect", ("x", x + c * Cell + (depth - 1 - d) * SkewX),
                        ("y", y + r * Cell + (depth - 1 - d) * -SkewY + (depth - 1) * SkewY), ("width", Cell), ("height", Cell),
                        ("fill", marked ? Palette.Kernel : Palette.Input), ("fill-opacity", marked ? 1 : 0.22),
                        ("stroke", "currentColor"), ("stroke-opacity", 0.55));
                }
    }
}
