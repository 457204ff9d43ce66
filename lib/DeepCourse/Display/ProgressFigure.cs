using static DeepCourse.Display.Markup;

namespace DeepCourse.Display;

/// <summary>How far something long has come.</summary>
/// <param name="what">What it is.</param>
/// <param name="done">How much is done.</param>
/// <param name="total">Of how much; null when nobody knows.</param>
/// <param name="unit">Of both.</param>
public sealed class ProgressFigure(string what, double done, double? total, string unit) : Figure
{
    /// <inheritdoc/>
    public override Markup ToHtml() => Element("div", ("style", "font-size:16px;"), ToText(), Element("br"),
        Element("progress", ("style", "width:24em;max-width:100%;accent-color:#56B4E9;"), ("aria-label", what),
            ("max", "1"), ("value", total is { } all ? Number(done / all) : null)));

    /// <inheritdoc/>
    public override string ToText() =>
        total is { } all ? $"{what}: {done:0.0} of {all:0.0} {unit} ({done / all:0 %})" : $"{what}: {done:0.0} {unit}";
}
