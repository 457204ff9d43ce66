using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// The frame of a chart: its margins, as wide as the numbers beside it; lines and numbers of both axes, of which those are left
/// out that would touch; curves and marks in the axes' own values. A chart of 430 units stands whole on a telephone.
/// <c>var axes = new Axes(640, 320, Axis.Logarithmic(from, to, isTight: true), Axis.Linear(low, high));
/// Drawing.Svg(axes.Width, axes.Height, ToText(), axes.Frame("learning rate", "loss"), axes.Curve(points, Palette.Training),
/// axes.Mark(best, "falls fastest", Palette.Output))</c>
/// </summary>
internal sealed class Axes
{
    private const double Size = 16, Foot = 58;

    private readonly Axis _across, _up;

    /// <summary>A frame for two axes.</summary>
    /// <param name="width">All of the drawing's.</param>
    /// <param name="height">All of the drawing's.</param>
    /// <param name="across">The axis to the right.</param>
    /// <param name="up">The axis upwards.</param>
    /// <param name="x">Where the frame begins in the drawing.</param>
    /// <param name="y">Where the frame begins in the drawing.</param>
    /// <param name="head">The room above the axes, for headings.</param>
    public Axes(double width, double height, Axis across, Axis up, double x = 0, double y = 0, double head = 36)
    {
        (_across, _up, Width, Height) = (across, up, width, height);
        var widest = up.Ticks.Select(t => Drawing.WidthOf(up.Write(t), Size)).DefaultIfEmpty(0).Max();
        (Left, Right) = (x + widest + 14, x + width - 16);
        (Top, Bottom) = (y + head, y + height - Foot);
    }

    /// <summary>The frame's own width, margins and all.</summary>
    public double Width { get; }

    /// <summary>The frame's own height, margins and all.</summary>
    public double Height { get; }

    /// <summary>The left end of the axis across.</summary>
    public double Left { get; }

    /// <summary>The right end of the axis across.</summary>
    public double Right { get; }

    /// <summary>The upper end of the axis upwards.</summary>
    public double Top { get; }

    /// <summary>The lower end of the axis upwards.</summary>
    public double Bottom { get; }

    /// <summary>Where a value of the axis across lies.</summary>
    public double X(double value) => Left + _across.Share(value) * (Right - Left);

    /// <summary>Where a value of the axis upwards lies; what is beyond its ends lies there.</summary>
    public double Y(double value) => Bottom - Math.Clamp(_up.Share(value), 0, 1) * (Bottom - Top);

    /// <summary>Lines and numbers, the name of the axis across below, if it is not empty, and that of the other one above, or
    /// none.</summary>
    public IEnumerable<Markup> Frame(string across, string? up = null)
    {
        foreach (var (_, y, text) in Apart(_up.Ticks.Select(t => (0.0, Y(t), _up.Write(t))), isUp: true))
        {
            yield return Drawing.Line(Left, y, Right, y, opacity: 0.15);
            if (text.Length > 0) yield return Drawing.Text(Left - 8, y + 5, text, Size, "end");
        }
        // A number at the end is moved in, so that it is not cut off.
        var below = _across.Ticks.Select(t => (X: X(t), Text: _across.Write(t)))
            .Select(t => (Math.Min(t.X, Right + 14 - Drawing.WidthOf(t.Text, Size) / 2), 0.0, t.Text));
        foreach (var (x, _, text) in Apart(below, isUp: false))
            if (text.Length > 0) yield return Drawing.Text(x, Bottom + 22, text, Size, "middle");
        if (_across.IsLogarithmic)
            foreach (var tick in _across.Ticks) yield return Drawing.Line(X(tick), Top, X(tick), Bottom, opacity: 0.15);
        if (across.Length > 0) yield return Drawing.Text((Left + Right) / 2, Bottom + Foot - 12, across, Size, "middle");
        if (up is not null) yield return Drawing.Text(Left, Top - 14, up, 18, more: ("font-weight", "bold"));
    }

    /// <summary>The curve through points of the axes' values; those that are no numbers are left out, and a single one is a
    /// dot.</summary>
    public Markup Curve(
        IEnumerable<(double X, double Y)> points,
        string colour,
        double width = 3,
        double opacity = 1,
        string? dashes = null,
        string? title = null)
    {
        var places = points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).Select(p => (X: X(p.X), Y: Y(p.Y))).ToList();
        return Element("g",
            Element("path", ("d", Drawing.Path(places)), ("fill", "none"), ("stroke", colour), ("stroke-width", width),
                ("stroke-opacity", opacity), ("stroke-dasharray", dashes), title is null ? null : Element("title", title)),
            places.Count == 1
                ? Element("circle", ("cx", places[0].X), ("cy", places[0].Y), ("r", width + 2), ("fill", colour))
                : null);
    }

    /// <summary>A dashed line upwards at a value, with a text on the side that has more room.</summary>
    /// <param name="value">Of the axis across.</param>
    /// <param name="text">What it is.</param>
    /// <param name="colour">Of the line.</param>
    /// <param name="line">In which line of text, so that two marks don't touch.</param>
    /// <param name="isBelow">Whether these are counted from below, where curves lie above.</param>
    public Markup Mark(double value, string text, string colour, int line = 0, bool isBelow = false)
    {
        var isOnLeft = X(value) > (Left + Right) / 2;
        return Element("g", Drawing.Line(X(value), Top, X(value), Bottom, colour, 2, dashes: "3 3"),
            Drawing.Text(X(value) + (isOnLeft ? -6 : 6), isBelow ? Bottom - 8 - 20 * line : Top + 16 + 20 * line, text, Size,
                isOnLeft ? "end" : "start"));
    }

    /// <summary>Names beside points of the axes' values: to the right, to the left, above or below, wherever a name touches
    /// neither another one, nor a point, nor a curve, nor the frame's ends; there is none where all places are taken, so give
    /// them by their weight.</summary>
    public IEnumerable<Markup> Names(
        IEnumerable<(double X, double Y, string Text)> named,
        IEnumerable<(double X, double Y)> points,
        params IReadOnlyList<(double X, double Y)> curve)
    {
        var taken = points.Select(p => (Left: X(p.X) - 7, Top: Y(p.Y) - 7, Right: X(p.X) + 7, Bottom: Y(p.Y) + 7)).ToList();
        var corners = curve.Select(p => (X: X(p.X), Y: Y(p.Y))).ToList();
        foreach (var (from, to) in corners.Zip(corners.Skip(1)))
        {
            var pieces = (int)Math.Ceiling(Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)) / 4) + 1;
            for (var i = 0; i <= pieces; i++)
            {
                var (x, y) = (from.X + (to.X - from.X) * i / pieces, from.Y + (to.Y - from.Y) * i / pieces);
                taken.Add((x - 2, y - 2, x + 2, y + 2));
            }
        }
        foreach (var (vx, vy, text) in named)
        {
            var (x, y, width) = (X(vx), Y(vy), Drawing.WidthOf(text, Size));
            (double X, double Y)[] places = [(x + 12, y - 9), (x - 12 - width, y - 9), (x - width / 2, y - 29),
                (x - width / 2, y + 11), (x + 10, y - 26), (x + 10, y + 9), (x - 10 - width, y - 26), (x - 10 - width, y + 9)];
            foreach (var (left, top) in places)
            {
                var box = (Left: left, Top: top, Right: left + width, Bottom: top + 18);
                if (box.Left < Left || box.Right > Right + 12 || box.Top < Top - 8 || box.Bottom > Bottom
                    || taken.Any(t => t.Left < box.Right && box.Left < t.Right && t.Top < box.Bottom && box.Top < t.Bottom))
                    continue;
                taken.Add(box);
                yield return Drawing.Text(left, top + 14, text, Size);
                break;
            }
        }
    }

    /// <summary>The same places; the texts that would touch the one before are empty.</summary>
    private static IEnumerable<(double X, double Y, string Text)> Apart(
        IEnumerable<(double X, double Y, string Text)> ticks,
        bool isUp)
    {
        var free = double.NegativeInfinity;
        foreach (var (x, y, text) in ticks)
        {
            var (at, half) = isUp ? (-y, Size * 0.6) : (x, Drawing.WidthOf(text, Size) / 2 + 5);
            var fits = at - half >= free;
            if (fits) free = at + half;
            yield return (x, y, fits ? text : "");
        }
    }
}
