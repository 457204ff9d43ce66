using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.DotNet.Interactive.Formatting;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>
/// Formatters that a type brings along, by the convention of .NET notebook engines: an attribute <c>TypeFormatterSource</c>,
/// known by its name, names a class whose
/// <c>CreateTypeFormatters</c> gives objects with <c>MimeType</c> and <c>Format(value, writer)</c>. So a library needs no
/// reference to any notebook package.
/// </summary>
internal static class BroughtFormatters
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyDictionary<string, Action<object, FormatContext>>> ByType = new();

    /// <summary>How values of <paramref name="type"/> are written as <paramref name="mimeType"/>; null when the type does not say
    /// it.</summary>
    public static Action<object, FormatContext>? Find(Type type, string mimeType) =>
        ByType.GetOrAdd(type, Create).GetValueOrDefault(mimeType);

    private static IReadOnlyDictionary<string, Action<object, FormatContext>> Create(Type type)
    {
        var found = new Dictionary<string, Action<object, FormatContext>>();
        var attribute = type.GetCustomAttributes(inherit: true)
            .FirstOrDefault(a => a.GetType().Name == nameof(TypeFormatterSourceAttribute));
        if (attribute?.GetType()
            .GetProperty(nameof(TypeFormatterSourceAttribute.FormatterSourceType))?.GetValue(attribute) is not Type sourceType)
            return found;
        var source = Activator.CreateInstance(sourceType)!;
        var create = sourceType.GetMethod(nameof(ITypeFormatterSource.CreateTypeFormatters))
            ?? typeof(ITypeFormatterSource).GetMethod(nameof(ITypeFormatterSource.CreateTypeFormatters))!;
        foreach (var formatter in (System.Collections.IEnumerable)create.Invoke(source, null)!)
            if (formatter is ITypeFormatter own) found[own.MimeType] = (value, context) => own.Format(value, context);
            else if (formatter?.GetType() is { } kind
                && kind.GetProperty(nameof(ITypeFormatter.MimeType))?.GetValue(formatter) is string mimeType
                && kind.GetMethod(nameof(ITypeFormatter.Format), [typeof(object), typeof(TextWriter)]) is { } format)
                found[mimeType] = (value, context) => format.Invoke(formatter, BindingFlags.DoNotWrapExceptions, null,
                    [value, context.Writer], null);
        return found;
    }
}
