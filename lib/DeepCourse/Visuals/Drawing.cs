using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>What SVG figures share: a frame that scales with the page, texts, lines and curves.</summary>
internal static class Drawing
{
    /// <summary>An SVG of a size in its own units, which is never wider than the page; <paramref name="label"/> is what it shows,
    /// in words.</summary>
    public static Markup Svg(double width, double height, string label, params IEnumerable<object?> content) => Element("svg",
        content.Prepend(("aria-label", label))
            .Prepend(("role", "img"))
            .Prepend(("style", "max-width:100%;height:auto;"))
            .Prepend(("width", width))
            .Prepend(("viewBox", $"0 0 {Number(width)} {Number(height)}")));

    /// <summary>A text; <paramref name="anchor"/> is start, middle or end.</summary>
    public static Markup Text(
        double x,
        double y,
        string text,
        double size = 16,
        string anchor = "start",
        string colour = "currentColor",
        params IEnumerable<object?> more) =>
        Element("text", more.Concat([("x", x), ("y", y), ("font-size", size), ("text-anchor", anchor), ("fill", colour), text]));

    /// <summary>A straight line.</summary>
    public static Markup Line(
        double x1,
        double y1,
        double x2,
        double y2,
        string colour = "currentColor",
        double width = 1,
        double opacity = 1,
        string? dashes = null) =>
        Element("line", ("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2), ("stroke", colour), ("stroke-width", width),
            ("stroke-opacity", opacity), ("stroke-dasharray", dashes));

    /// <summary>The path through points.</summary>
    public static string Path(IEnumerable<(double X, double Y)> points) =>
        string.Concat(points.Select((p, i) => $"{(i == 0 ? 'M' : 'L')}{Math.Round(p.X, 1)} {Math.Round(p.Y, 1)}"));

    /// <summary>About how wide a text is, rather too much than too little: the page chooses the font.</summary>
    public static double WidthOf(string text, double size = 16) => text.Sum(c => c switch
    {
        >= 'A' and <= 'Z' or 'm' or 'w' or '−' or '×' or '■' => 0.72,
        '.' or ',' or ' ' or 'i' or 'j' or 'l' or '(' or ')' => 0.36,
        >= '⁰' and <= '⁹' or '¹' or '²' or '³' or '⁻' => 0.42,
        _ => 0.58,
    }) * size;

    /// <summary>A heading with a square of its colour before it.</summary>
    public static Markup Heading(double x, double y, string text, string colour) =>
        Element("text", ("x", x), ("y", y), ("font-size", 18), ("fill", "currentColor"),
        Element("tspan", ("fill", colour), "■ "), text);
}
