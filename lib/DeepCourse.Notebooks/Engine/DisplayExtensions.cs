using DeepCourse.Notebooks.Formatting;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting.TabularData;

namespace System;

/// <summary>
/// Showing a value from code. Type and namespace are those of .NET Interactive: a library that wants to show something in
/// whatever notebook engine it runs in looks for a type of this name (<see cref="DeepCourse.Display.Live"/> does).
/// </summary>
public static class DisplayExtensions
{
    /// <summary>Shows a value below the running cell.</summary>
    /// <param name="value">Anything; null is shown as such.</param>
    /// <param name="mimeTypes">How to show it, such as "text/html"; the type's own choice when none is given.</param>
    /// <returns>A handle that can replace what was shown.</returns>
    public static DisplayedValue Display(this object? value, params string[] mimeTypes)
    {
        var displayed = new DisplayedValue(mimeTypes);
        displayed.Show(value);
        return displayed;
    }

    /// <summary>Shows a text as the given mime type: a string of HTML as HTML, of SVG as a drawing.</summary>
    public static DisplayedValue DisplayAs(this string value, string mimeType)
    {
        var displayed = new DisplayedValue([mimeType]);
        displayed.Show(MimeBundle.Of(mimeType, value));
        return displayed;
    }

    /// <summary>Shows a sequence as a table: a row per item, a column per property.</summary>
    public static DisplayedValue DisplayTable<T>(this IEnumerable<T> value, params string[] mimeTypes) =>
        value.ToTabularDataResource().Display(mimeTypes);
}
