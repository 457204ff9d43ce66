using System.Text.Json.Nodes;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Formatting;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>
/// Turns values into mime bundles. The conventions (tables for sequences, trees for objects, types that bring their own
/// formatter) are those of Microsoft.DotNet.Interactive.Formatting, which only this class and the formatters beside it know. That
/// package usually yields HTML alone; every bundle from here has a text/plain as well.
/// </summary>
public static class ValueFormatter
{
    private const string Plain = "text/plain";
    private static readonly string[] Replaced = [Plain, HtmlFormatter.MimeType];

    /// <summary>The package's formatters for types that have one, such as HTML and exceptions; and for dates, which it takes for
    /// UTC.</summary>
    private static readonly List<ITypeFormatter> Special = [
        .. Formatter.RegisteredFormatters(true)
            .Where(f => f.Type is { } t && t != typeof(object) && t != typeof(DateTime) && t != typeof(DateTimeOffset))];

    private static ITypeFormatter? s_own;

    /// <summary>Registers the formatters of this library, unless that is done.</summary>
    public static void Install()
    {
        if (s_own is not null && Formatter.RegisteredFormatters(false).Contains(s_own)) return;
        _ = Special.Count; // those of the package, before there are others
        foreach (var mimeType in Replaced)
            Formatter.Register<object>((value, context) =>
            {
                FormatAny(value, context, mimeType);
                return true;
            }, mimeType);
        s_own = Formatter.RegisteredFormatters(false).Last(f => f.Type == typeof(object));
        TensorFormatter.Register();
        ChartFormatter.Register();
        Formatter.Register<LaTeXString>(formula => formula.Code, "text/latex");
        Formatter.SetPreferredMimeTypesFor(typeof(LaTeXString), "text/latex");
    }

    /// <summary>Formats <paramref name="value"/> as the given types, or as its own type prefers.</summary>
    public static MimeBundle Format(object? value, params string[] mimeTypes)
    {
        if (value is MimeBundle bundle) return bundle;
        Install(); // a cell may have reset the formatters
        t_looked = default;
        if (mimeTypes.Length == 0) mimeTypes = [.. Formatter.GetPreferredMimeTypesFor(value?.GetType())];
        var data = new Dictionary<string, JsonNode?>();
        foreach (var mimeType in mimeTypes.Append(Plain).Distinct())
        {
            var text = value is string s && mimeType == Plain ? s : value.ToDisplayString(mimeType);
            // the package writes Windows' own
            data[mimeType] = mimeType.EndsWith("json", StringComparison.Ordinal)
                ? JsonNode.Parse(text)
                : text.ReplaceLineEndings("\n");
        }
        t_looked = default;
        return new MimeBundle(data);
    }

    [ThreadStatic]
    private static (object? Value, ValueTree Tree) t_looked;

    /// <summary>
    /// A value of a type without a formatter of its own. The package would follow it wherever it leads, which may be back to
    /// itself; and ask records for their text, which recurse as deep as they do.
    /// </summary>
    private static void FormatAny(object? value, FormatContext context, string mimeType)
    {
        if (value is not null && BroughtFormatters.Find(value.GetType(), mimeType) is { } brought)
        {
            brought(value, context);
            return;
        }
        if (value is not null && Special.Find(f => f.MimeType == mimeType && Fits(f.Type, value.GetType())) is { } special)
        {
            special.Format(value, context);
            return;
        }
        // Looked at once for all forms: it may be a sequence that can be gone through only once, or takes its time.
        if (value is null || !ReferenceEquals(t_looked.Value, value))
            t_looked = (value, ValueTree.Of(value, Nested, Formatter.ListExpansionLimit, Formatter.RecursionLimit));
        var tree = t_looked.Tree;
        context.Writer.Write(mimeType == Plain ? ValueText.Write(tree) : ValueMarkup.Write(tree));
    }

    /// <summary>The text of a value inside another one, when somebody has registered a formatter for it, or it brings its
    /// own.</summary>
    private static string? Nested(object value)
    {
        var type = value.GetType();
        var isOwn = BroughtFormatters.Find(type, Plain) is not null
            || Formatter.RegisteredFormatters(false)
                .Any(f => f.MimeType == Plain && f.Type != typeof(object) && Fits(f.Type, type));
        return isOwn ? value.ToDisplayString(Plain) : null;
    }

    private static bool Fits(Type formatted, Type type) => formatted.IsAssignableFrom(type)
        || (formatted.IsGenericTypeDefinition && type.IsGenericType && type.GetGenericTypeDefinition() == formatted);
}
