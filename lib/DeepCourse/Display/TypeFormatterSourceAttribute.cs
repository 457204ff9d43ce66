namespace DeepCourse.Display;

/// <summary>
/// Names the type that knows how to show the marked one. .NET notebook engines look for an attribute of this name, whatever its
/// namespace, so the library shows its figures in all of them and refers to none.
/// </summary>
/// <param name="formatterSourceType">
/// A type with a parameterless constructor and <c>IEnumerable&lt;object&gt; CreateTypeFormatters()</c>; each formatter has
/// <c>string MimeType</c> and
/// <c>bool Format(object value, TextWriter writer)</c>.
/// </param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>The type that makes the formatters.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>The mime types to show, the best one first.</summary>
    public string[]? PreferredMimeTypes { get; set; }
}
