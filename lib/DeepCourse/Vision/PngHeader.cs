using System.Buffers.Binary;
using SkiaSharp;

namespace DeepCourse.Vision;

/// <summary>What a PNG says of itself that its decoder does not pass on.</summary>
/// <param name="IsGrey">Whether it is stored without colour, with transparency or without.</param>
/// <param name="Origin">How it is to be turned (chunk eXIf; W3C's PNG, third edition).</param>
internal sealed record PngHeader(bool IsGrey, SKEncodedOrigin Origin)
{
    private const int ColourType = 25; // after signature, length and name of IHDR, width, height and depth

    /// <summary>The header of a file's bytes; null if it is no PNG.</summary>
    public static PngHeader? Of(ReadOnlySpan<byte> file)
    {
        if (file is not [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, ..]) return null;
        var origin = SKEncodedOrigin.Default;
        for (var at = 8; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12) break;
            if (file.Slice(at + 4, 4).SequenceEqual("eXIf"u8)) origin = Orientation(file.Slice(at + 8, (int)length));
            at += (int)length + 12;
        }
        return new PngHeader(file.Length > ColourType && file[ColourType] is 0 or 4, origin);
    }

    /// <summary>Entry 0x0112 of a TIFF file's first directory, in either order of bytes.</summary>
    private static SKEncodedOrigin Orientation(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8 || tiff[..2] is not ([0x49, 0x49] or [0x4D, 0x4D])) return SKEncodedOrigin.Default;
        var isLittle = tiff[0] == 0x49;
        var directory = Number(tiff, 4, 4, isLittle);
        if (directory > tiff.Length - 2) return SKEncodedOrigin.Default;
        var entries = Number(tiff, (int)directory, 2, isLittle);
        for (var i = 0; i < entries; i++)
        {
            var at = (int)directory + 2 + 12 * i;
            if (at + 12 > tiff.Length) break;
            if (Number(tiff, at, 2, isLittle) != 0x0112) continue;
            return Number(tiff, at + 8, 2, isLittle) is >= 1 and <= 8 and var value
                ? (SKEncodedOrigin)value
                : SKEncodedOrigin.Default;
        }
        return SKEncodedOrigin.Default;
    }

    private static uint Number(ReadOnlySpan<byte> bytes, int at, int length, bool isLittle)
    {
        var value = 0u;
        for (var i = 0; i < length; i++) value = (value << 8) | bytes[at + (isLittle ? length - 1 - i : i)];
        return value;
    }
}
