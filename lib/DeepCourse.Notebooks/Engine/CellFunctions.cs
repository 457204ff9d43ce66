using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive;

namespace DeepCourse.Notebooks.Engine;

#pragma warning disable IDE1006 // The names that C# notebooks have always used.

/// <summary>What a cell can call without naming a type, as in other C# notebooks.</summary>
public static class CellFunctions
{
    /// <summary>Shows <paramref name="value"/> below the cell, now. The result's <see cref="DisplayedValue.Update"/> replaces
    /// what was shown.</summary>
    /// <param name="value">Anything; null is shown as such.</param>
    /// <param name="mimeTypes">How to show it, such as "text/html"; the type's own choice when none is given.</param>
    public static DisplayedValue display(object? value, params string[] mimeTypes) => value.Display(mimeTypes);

    /// <summary>A piece of HTML, to be shown as such.</summary>
    public static IHtmlContent HTML(string content) => new HtmlString(content);

    /// <summary>A script that the page runs when it is shown.</summary>
    public static IHtmlContent Javascript(string content) =>
        new HtmlString($"<script type=\"text/javascript\">{content}</script>");

    /// <summary>Removes what the cell has shown so far: at once, or (<paramref name="wait"/>) when the next output comes, without
    /// a flicker.</summary>
    public static void clear(bool wait = false) => CellScope.Current?.Output.Clear(wait);

    /// <summary>Asks the reader of the notebook for a line of text.</summary>
    /// <exception cref="InvalidOperationException">Nobody is there to be asked.</exception>
    public static string input(string prompt = "") => ConsoleReader.Ask(prompt, isPassword: false);

    /// <summary>Asks the reader of the notebook for a password, which is not shown.</summary>
    /// <exception cref="InvalidOperationException">Nobody is there to be asked.</exception>
    public static string password(string prompt = "Password: ") => ConsoleReader.Ask(prompt, isPassword: true);
}
