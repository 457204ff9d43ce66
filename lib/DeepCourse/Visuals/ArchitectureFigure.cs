using DeepCourse.Display;
using DeepCourse.Summaries;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// A network as blocks: as high as its maps, as wide as its channels (both on a scale of roots, or the small ones would not be
/// seen). Below each block two bars: its share of the parameters, and of the work.
/// </summary>
public sealed class ArchitectureFigure : Figure
{
    private const double Tallest = 150, Base = 200, Gap = 5, Left = 110, Wide = 760, Bar = 56;

    private readonly string _name;
    private readonly IReadOnlyList<LayerSummary> _blocks;
    private readonly long _parameters, _work;

    /// <summary>A drawing of the layers with weights or a window.</summary>
    /// <param name="summary">Of the network.</param>
    public ArchitectureFigure(ModelSummary summary)
    {
        _name = summary.Root.Type;
        _blocks = [
            .. summary.Layers.Where(l => l.Children.Count == 0 && l is { Inputs.Count: > 0, Outputs.Count: > 0 }
                && (l.Kernel is not null || l.MultiplyAdds > 0))];
        (_parameters, _work) = (Math.Max(1, summary.Parameters), Math.Max(1, summary.MultiplyAdds));
    }

    private static long Side(LayerSummary l) => l.Outputs![0].Count >= 3 ? l.Outputs[0][^1] : 1;

    private static long Channels(LayerSummary l) => l.Outputs![0][0];

    private static string Colour(LayerSummary l) =>
        l.Type.Contains("Pool", StringComparison.Ordinal)
            ? Palette.Gradient
            : l.Type == "Linear" ? Palette.Output
            : Palette.Input;

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var largest = Math.Max(1, _blocks.Max(Side));
        var most = (Share: Math.Max(1e-9, _blocks.Max(l => l.Parameters) / (double)_parameters),
            Work: Math.Max(1e-9, _blocks.Max(l => l.MultiplyAdds) / (double)_work));
        var unit = (Wide - Left - Gap * _blocks.Count) / _blocks.Sum(l => Math.Sqrt(Channels(l)));
        var (parts, x) = (new List<object?>(), Left);
        foreach (var l in _blocks)
        {
            var height = Math.Max(8, Tallest * Math.Sqrt(Side(l) / (double)largest));
            var width = Math.Max(3, Math.Sqrt(Channels(l)) * unit);
            var (share, work) = (l.Parameters / (double)_parameters, l.MultiplyAdds / (double)_work);
            parts.Add(Element("g",
                Element("rect", ("x", x), ("y", Base - height), ("width", width), ("height", height), ("fill", Colour(l)),
                    ("fill-opacity", 0.75), ("stroke", "currentColor"), ("stroke-opacity", 0.5)),
                Element("rect", ("x", x), ("y", Base + 12), ("width", width), ("height", Bar * share / most.Share),
                    ("fill", Palette.Kernel)),
                Element("rect", ("x", x), ("y", Base + 24 + Bar), ("width", width), ("height", Bar * work / most.Work),
                    ("fill", Palette.Training)),
                Element("title",
                    $"{l.Path} ({l.Type}): {ModelSummary.Shapes(l.Inputs)} → {ModelSummary.Shapes(l.Outputs)}, {l.Parameters:N0} "
                        + $"parameters ({share:0.0 %}), {l.MultiplyAdds:N0} multiply-adds ({work:0.0 %})")));
            x += width + Gap;
        }
        parts.Add(Drawing.Text(Left - 10, Base - 4, "maps", anchor: "end"));
        parts.Add(Drawing.Text(Left - 10, Base + 28, "parameters", anchor: "end"));
        parts.Add(Drawing.Text(Left - 10, Base + 40 + Bar, "work", anchor: "end"));
        parts.Add(Drawing.Text(10, 24, _name, 20, more: ("font-weight", "bold")));
        parts.Add(
            Element("text", ("x", 150), ("y", 24), ("font-size", 16), ("fill", "currentColor"), Key(Palette.Input, "convolution"),
                Key(Palette.Gradient, "pooling"), Key(Palette.Output, "linear"), Key(Palette.Kernel, "parameters"),
                Key(Palette.Training, "work")));
        return Drawing.Svg(Math.Max(Wide, x), Base + 30 + 2 * Bar, ToText(), parts);

        static Markup[] Key(string colour, string name) =>
            [Element("tspan", ("fill", colour), "■ "), Element("tspan", $"{name}   ")];
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var (most, work) = (_blocks.MaxBy(l => l.Parameters)!, _blocks.MaxBy(l => l.MultiplyAdds)!);
        return $"{_name}: {_blocks.Count} layers with weights or a window, from {ModelSummary.Shapes(_blocks[0].Inputs)} "
            + $"to {ModelSummary.Shapes(_blocks[^1].Outputs)}. Most parameters: {most.Path} "
            + $"({most.Parameters / (double)_parameters:0 %}). Most work: {work.Path} ({work.MultiplyAdds / (double)_work:0 %}).";
    }
}
