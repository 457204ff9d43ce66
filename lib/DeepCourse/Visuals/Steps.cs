using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>
/// A drawing that changes in steps, which the reader drives with a slider, the arrow keys, a button, or by clicking a part that
/// stands for a step. What changes is written down once, for each attribute the values and from which step on they hold; without
/// scripts the first step stands.
/// </summary>
/// <param name="count">How many steps there are.</param>
internal sealed class Steps(int count)
{
    private readonly Dictionary<string, object[][]> _tracks = [];
    private int _elements;

    /// <summary>An element of which some attributes differ from step to step; the attribute "text" is what stands in
    /// it.</summary>
    public Markup Moving(string name, IEnumerable<object?> content, params (string Attribute, Func<int, string> Value)[] moving)
    {
        var id = $"m{_elements++}";
        var first = new List<object?> { ("data-id", id) };
        foreach (var (attribute, value) in moving)
        {
            string[] values = [.. Enumerable.Range(0, count).Select(value)];
            first.Add(attribute == "text" ? values[0] : (attribute, values[0]));
            object[][] runs = [
                .. Enumerable.Range(0, count)
                    .Where(i => i == 0 || values[i] != values[i - 1])
                    .Select(i => new object[] { i, values[i] })];
            if (runs.Length > 1) _tracks[$"{id}/{attribute}"] = runs;
        }
        return Element(name, content.Concat(first));
    }

    /// <summary>The figure: controls, the drawing, and a caption for every step.</summary>
    /// <param name="drawing">An SVG element.</param>
    /// <param name="label">What the slider moves through, for screen readers.</param>
    /// <param name="caption">What is to be seen at a step.</param>
    /// <param name="pause">Milliseconds between steps when it plays.</param>
    public Markup ToMarkup(Markup drawing, string label, Func<int, string> caption, int pause = 600)
    {
        string[] captions = [.. Enumerable.Range(0, count).Select(caption)];
        return Controls.Figure(Controls.Bar(Controls.Player(count, label)), drawing, captions[0], "steps.js",
            new { tracks = _tracks, captions, pause });
    }
}
