using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>
/// Files in the IDX format of LeCun's MNIST: two zero bytes, a type, the number of dimensions, their sizes (big endian), then the
/// values. Plain or compressed with gzip, told apart by their first bytes.
/// </summary>
public static class Idx
{
    private const byte UnsignedByte = 0x08;

    /// <summary>Reads a file of unsigned bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sha256">What the file's SHA-256 must be, in hexadecimal; null for any.</param>
    /// <returns>A new uint8 tensor of the file's own shape, such as N×28×28; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is truncated, it is another file than expected, or it is no IDX file of unsigned
    /// bytes.</exception>
    public static Tensor Read(string path, string? sha256 = null)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file {Path.GetFullPath(path)}.", path);
        var stored = File.ReadAllBytes(path);
        if (stored.Length == 0) throw new InvalidDataException($"{path} is empty. Copy or download it again.");
        // Read first, compared afterwards: a file that ends in the middle is better told so than "another file".
        var (shape, values) = Parse(stored is [0x1f, 0x8b, ..] ? Unpack(stored, path) : stored, path);
        if (sha256 is not null && Convert.ToHexStringLower(SHA256.HashData(stored)) is var actual && actual != sha256)
            throw new InvalidDataException(
                $"{path} is a readable IDX file, but not the one that is expected: its SHA-256 is {actual}, not {sha256}. "
                    + "Restore it from where it came.");
        return tensor(values, shape, ScalarType.Byte);
    }

    private static (long[] Shape, byte[] Values) Parse(ReadOnlySpan<byte> content, string path)
    {
        if (content.Length < 4 || content is not [0, 0, _, var dimensions and >= 1, ..])
            throw new InvalidDataException(
                $"{path} is no IDX file: it begins with {Convert.ToHexString(content[..Math.Min(4, content.Length)])}, not "
                    + "with 0000.");
        if (content[2] != UnsignedByte)
            throw new InvalidDataException(
                $"{path} holds values of IDX type 0x{content[2]:x2}; unsigned bytes (0x08) can be read here.");
        var header = 4 + 4 * dimensions;
        if (content.Length < header) throw Truncated(path, header, content.Length);
        var shape = new long[dimensions];
        var count = 1L;
        for (var i = 0; i < dimensions; i++)
        {
            shape[i] = BinaryPrimitives.ReadUInt32BigEndian(content[(4 + 4 * i)..]);
            count = shape[i] == 0 ? 0 : count > Array.MaxLength / shape[i] ? long.MaxValue : count * shape[i];
        }
        if (count > Array.MaxLength)
            throw new InvalidDataException(
                $"{path} claims to hold {string.Join('×', shape)} values, which is more than memory can: its header is damaged.");
        if (content.Length < header + count) throw Truncated(path, header + count, content.Length);
        if (content.Length > header + count)
            throw new InvalidDataException(
                $"{path} has {content.Length - header - count:N0} bytes after its {string.Join('×', shape)} values: its header "
                    + "does not fit.");
        return (shape, content[header..].ToArray());
    }

    private static byte[] Unpack(byte[] stored, string path)
    {
        // gzip's last four bytes are the length of what it holds, modulo 2^32: the right size at once. A lie only costs time.
        var claimed = BinaryPrimitives.ReadUInt32LittleEndian(stored.AsSpan(Math.Max(0, stored.Length - 4)));
        using var unpacked = new MemoryStream((int)Math.Min(claimed, Math.Min(stored.Length * 1100L, Array.MaxLength)));
        try
        {
            using var gzip = new GZipStream(new MemoryStream(stored), CompressionMode.Decompress);
            gzip.CopyTo(unpacked, 1 << 20);
            if (unpacked.Length == 0) throw new InvalidDataException(); // .NET takes a stream that ends early for an empty one
        }
        catch (InvalidDataException)
        {
            throw new InvalidDataException(
                $"{path} is damaged: its gzip compression can't be undone. Copy or download it again.");
        }
        return unpacked.Length == unpacked.Capacity && unpacked.TryGetBuffer(out _) ? unpacked.GetBuffer() : unpacked.ToArray();
    }

    private static InvalidDataException Truncated(string path, long expected, long actual) =>
        new($"{path} is truncated: its header promises {expected:N0} bytes, and there are {actual:N0}. Copy or download "
            + "it again.");
}
