using System.Diagnostics.CodeAnalysis;

namespace DeepCourse.Display;

/// <summary>How every <see cref="Figure"/> is shown; found by notebook engines through
/// <see cref="TypeFormatterSourceAttribute"/>.</summary>
public sealed class FigureFormatterSource
{
    /// <summary>One formatter for HTML, one for plain text.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Engines call it on an instance.")]
    public IEnumerable<object> CreateTypeFormatters() =>
        [new Formatter("text/html", f => f.ToHtml().ToString()), new Formatter("text/plain", f => f.ToText())];

    /// <summary>Writes a figure as one mime type.</summary>
    /// <param name="mimeType">The type that it writes.</param>
    /// <param name="render">How.</param>
    private sealed class Formatter(string mimeType, Func<Figure, string> render)
    {
        public string MimeType { get; } = mimeType;

        public bool Format(object value, TextWriter writer)
        {
            if (value is not Figure figure) return false;
            writer.Write(render(figure));
            return true;
        }
    }
}
