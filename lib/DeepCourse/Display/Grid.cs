using static DeepCourse.Display.Markup;

namespace DeepCourse.Display;

/// <summary>Grids of numbers in SVG.</summary>
internal static class Grid
{
    /// <summary>The colours of weights above and below 0; figures call them by what they mean there.</summary>
    public const string Positive = "#E69F00", Negative = "#0072B2";

    /// <summary>A square with a number in it. <paramref name="more"/> are further attributes of the group around them.</summary>
    public static Markup Cell(
        double x,
        double y,
        double size,
        string text,
        Markup? fill,
        params IEnumerable<(string, string?)> more) => Element("g", more.Cast<object?>(),
        Element("rect", ("x", x), ("y", y), ("width", size), ("height", size), ("fill", "none"), ("stroke", "currentColor"),
            ("stroke-opacity", "0.35")),
        fill is null
            ? null
            : Element("svg", ("x", x), ("y", y), ("width", size), ("height", size), ("overflow", "visible"), fill),
        Element("text", ("x", x + size / 2), ("y", y + size / 2), ("dy", "0.35em"), ("text-anchor", "middle"), ("font-size", 18),
            ("fill", "currentColor"), text));

    /// <summary>A veil for a signed value: orange for positive, blue for negative, the stronger the larger.</summary>
    public static Markup? Signed(double value, double largest) => value == 0 || largest == 0 ? null
        : Veil(value > 0 ? Positive : Negative, 0.15 + 0.5 * Math.Abs(value) / largest);

    /// <summary>A veil of a colour.</summary>
    public static Markup Veil(string colour, double opacity) =>
        Element("rect", ("width", "100%"), ("height", "100%"), ("fill", colour), ("fill-opacity", opacity));
}
