using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>Figures side by side, where the page is wide enough.</summary>
public sealed class FigureRow(params IReadOnlyList<Figure> figures) : Figure
{
    /// <inheritdoc/>
    public override Markup ToHtml() =>
        Element("div", ("style", "display:flex;flex-wrap:wrap;align-items:flex-start;gap:1em;"), figures.Select(f =>
        Element("div", ("style", $"max-width:max(260px, calc(100% / {figures.Count} - 1em));"), f.ToHtml())));

    /// <inheritdoc/>
    public override string ToText() => string.Join('\n', figures.Select(f => f.ToText()));
}
