using System.Text.Json;
using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>What interactive figures share: a bar of controls, one look, one way with the keyboard (controls.js). Without scripts
/// the bar is not seen.</summary>
internal static class Controls
{
    /// <summary>A bar that holds <paramref name="content"/>.</summary>
    public static Markup Bar(params IEnumerable<object?> content) =>
        Element("div", content.Prepend(("hidden", "")).Prepend(("class", "controls")));

    /// <summary>A slider with buttons for one step back and on: the parts of a bar.</summary>
    /// <param name="count">How many steps there are.</param>
    /// <param name="label">What the slider moves through, for screen readers.</param>
    /// <param name="start">The step it begins with.</param>
    public static IEnumerable<object?> Slider(int count, string label, int start = 0) =>
    [
        Element("button", ("type", "button"), ("data-do", "back"), ("aria-label", $"{label}: one back"), "◀"),
        Element("input", ("type", "range"), ("min", 0), ("max", count - 1), ("value", start), ("aria-label", label)),
        Element("button", ("type", "button"), ("data-do", "next"), ("aria-label", $"{label}: one on"), "▶"),
    ];

    /// <summary>The same, and a button that plays all steps.</summary>
    public static IEnumerable<object?> Player(int count, string label) =>
        Slider(count, label).Append(Element("button", ("type", "button"), ("data-do", "play"), "play"));

    /// <summary>The figure: bar, drawing, and a caption of class "caption" that is read aloud when it changes.</summary>
    /// <param name="bar">From <see cref="Bar"/>.</param>
    /// <param name="drawing">What the script changes.</param>
    /// <param name="caption">What stands below at first.</param>
    /// <param name="script">An embedded file's name: the body of a function of <c>(root, data)</c>, with controls.js before
    /// it.</param>
    /// <param name="data">What the script is given, as JSON.</param>
    public static Markup Figure(Markup bar, Markup drawing, string caption, string script, object data)
    {
        var assembly = typeof(Controls).Assembly;
        var content = Element("div", bar, drawing, Element("div", ("class", "caption"), ("aria-live", "polite"), caption));
        return Interactive("dc-steps", content, Resource(assembly, "steps.css"),
            Resource(assembly, "controls.js") + Resource(assembly, script), JsonSerializer.Serialize(data));
    }
}
