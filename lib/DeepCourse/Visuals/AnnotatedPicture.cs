using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>A picture with boxes around things and their names.</summary>
/// <param name="caption">What stands below it.</param>
/// <param name="picture">The picture.</param>
public sealed class AnnotatedPicture(string caption, Picture picture) : Figure
{
    private const double Shown = 340;

    private readonly List<(Box Box, string Name, string Colour)> _boxes = [];

    /// <summary>Adds a box with a name, in one of the course's colours; returns this figure.</summary>
    public AnnotatedPicture Add(Box box, string name, string colour = Palette.Output)
    {
        _boxes.Add((box, name, colour));
        return this;
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        double scale = Shown / picture.Width, height = picture.Height * scale;
        return Element("figure", ("style", $"margin:0;max-width:100%;width:{Number(Shown)}px;text-align:center;"),
            Drawing.Svg(Shown, height, ToText(),
                Element("foreignObject", ("x", 0), ("y", 0), ("width", Shown), ("height", height), picture.ToCover()),
                _boxes.Select(b => new[]
                {
                    Element("rect", ("x", b.Box.Column * scale), ("y", b.Box.Row * scale), ("width", b.Box.Width * scale),
                        ("height", b.Box.Height * scale), ("fill", "none"), ("stroke", b.Colour), ("stroke-width", 4)),
                    Element("rect", ("x", b.Box.Column * scale), ("y", Math.Max(0, b.Box.Row * scale - 22)),
                        ("width", b.Name.Length * 9.5 + 10), ("height", 22), ("fill", b.Colour)),
                    Drawing.Text(b.Box.Column * scale + 5, Math.Max(0, b.Box.Row * scale - 22) + 16, b.Name, 16,
                        colour: "#ffffff"),
                })),
            Element("figcaption", ("style", "font-size:16px;"), caption));
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"{caption}: {picture.Width}×{picture.Height} "
            + $"pixels{string.Concat(
                _boxes.Select(b => $"; {b.Name} at row {b.Box.Row}, column {b.Box.Column}, {b.Box.Height}×{b.Box.Width}"))}.";
}
