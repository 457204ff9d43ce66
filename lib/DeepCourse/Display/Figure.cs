namespace DeepCourse.Display;

/// <summary>
/// Something to look at: HTML for people, and the same told in words for terminals, screen readers and diffs. In a notebook a
/// figure that is a cell's last expression shows itself. Nothing in it is fetched from a network.
/// </summary>
[TypeFormatterSource(typeof(FigureFormatterSource), PreferredMimeTypes = ["text/html", "text/plain"])]
public abstract class Figure
{
    /// <summary>The figure as one HTML element.</summary>
    public abstract Markup ToHtml();

    /// <summary>What the figure shows, in words and numbers.</summary>
    public abstract string ToText();

    /// <inheritdoc/>
    public sealed override string ToString() => ToText();
}
