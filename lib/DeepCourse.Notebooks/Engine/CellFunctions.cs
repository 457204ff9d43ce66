using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive;

namespace DeepCourse.Notebooks.Engine;

/// <summary>What a cell can call without naming a type, as in other C# notebooks.</summary>
public static class CellFunctions
{
#pragma warning disable IDE1006 // The name that C# notebooks have always used.
    /// <summary>Shows <paramref name="value"/> below the cell, now. The result's <see cref="DisplayedValue.Update"/> replaces what was shown.</summary>
    /// <param name="value">Anything; null is shown as such.</param>
    /// <param name="mimeTypes">How to show it, such as "text/html"; the type's own choice when none is given.</param>
    public static DisplayedValue display(object? value, params string[] mimeTypes) => value.Display(mimeTypes);
#pragma warning restore IDE1006

    /// <summary>A piece of HTML, to be shown as such.</summary>
    public static IHtmlContent HTML(string content) => new HtmlString(content);
}
