using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;

namespace System.Runtime.CompilerServices;

/// <summary>
/// What the compiler builds every <c>$"…"</c> of this assembly with, in place of the framework's type of the same name: numbers
/// come out the same under any culture, so that a figure's stored text and its SVG don't depend on whose machine draws it. It
/// counts for this assembly alone; whoever uses the library keeps their own culture in their own texts.
/// </summary>
[InterpolatedStringHandler]
[Embedded]
internal ref struct DefaultInterpolatedStringHandler
{
    private readonly StringBuilder _text;
    private StringBuilder.AppendInterpolatedStringHandler _handler;

    public DefaultInterpolatedStringHandler(int literalLength, int formattedCount)
    {
        _text = new StringBuilder(literalLength + 8 * formattedCount);
        _handler = new StringBuilder.AppendInterpolatedStringHandler(literalLength, formattedCount, _text,
            CultureInfo.InvariantCulture);
    }

    public void AppendLiteral(string value) => _handler.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _handler.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _handler.AppendFormatted(value, format);

    public void AppendFormatted<T>(T value, int alignment) => _handler.AppendFormatted(value, alignment);

    public void AppendFormatted<T>(T value, int alignment, string? format) => _handler.AppendFormatted(value, alignment, format);

    public void AppendFormatted(ReadOnlySpan<char> value) => _handler.AppendFormatted(value);

    public void AppendFormatted(ReadOnlySpan<char> value, int alignment = 0, string? format = null) =>
        _handler.AppendFormatted(value, alignment, format);

    public readonly string ToStringAndClear() => _text.ToString();
}
