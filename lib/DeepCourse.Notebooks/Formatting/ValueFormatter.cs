using System.Text.Json.Nodes;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>
/// Turns values into mime bundles. The conventions (tables for sequences, trees for objects, types that bring their own formatter) are those of
/// Microsoft.DotNet.Interactive.Formatting, which only this class and the formatters beside it know. That package usually yields HTML alone; every
/// bundle from here has a text/plain as well.
/// </summary>
public static class ValueFormatter
{
    private const string Plain = "text/plain";
    private static bool s_installed;

    /// <summary>Registers the formatters of this library, once for the process.</summary>
    public static void Install()
    {
        if (s_installed) return;
        s_installed = true;
        TensorFormatter.Register();
        ChartFormatter.Register();
        Formatter.Register<LaTeXString>(formula => formula.Code, "text/latex");
        Formatter.SetPreferredMimeTypesFor(typeof(LaTeXString), "text/latex");
    }

    /// <summary>Formats <paramref name="value"/> as the given types, or as its own type prefers.</summary>
    public static MimeBundle Format(object? value, params string[] mimeTypes)
    {
        if (value is MimeBundle bundle) return bundle;
        if (mimeTypes.Length == 0) mimeTypes = [.. Formatter.GetPreferredMimeTypesFor(value?.GetType())];
        var data = new Dictionary<string, JsonNode?>();
        foreach (var mimeType in mimeTypes.Append(Plain).Distinct())
        {
            var text = value is string s && mimeType == Plain ? s : value.ToDisplayString(mimeType);
            data[mimeType] = mimeType.EndsWith("json", StringComparison.Ordinal) ? JsonNode.Parse(text) : text.ReplaceLineEndings("\n"); // the package writes Windows' own
        }
        return new MimeBundle(data);
    }
}
