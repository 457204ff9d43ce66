using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace DeepCourse.Weights;

/// <summary>
/// The entries of a ZIP archive as <c>torch.save</c> writes it: stored, not compressed, so that each is a part of the file.
/// Compressed or encrypted entries, entries that share bytes, and names that lead elsewhere are refused: PyTorch writes none of
/// them. With ZIP64, for files of more than 4 GB.
/// </summary>
internal sealed class ZipDirectory
{
    private const uint EndOfDirectory = 0x06054b50, EndOfDirectory64 = 0x06064b50, Locator64 = 0x07064b50, Central = 0x02014b50,
        Local = 0x04034b50;
    private const int MostEntries = 200_000, MostDirectory = 1 << 26, MostName = 4096;

    private readonly StoredFile _file;
    private string? _compressed;
    private readonly Dictionary<string, (long Start, long Offset, long Length, uint Crc)> _entries = new(StringComparer.Ordinal);

    /// <summary>Whether a file begins as a ZIP archive.</summary>
    public static bool IsZip(StoredFile file) =>
        file.Length > 4 && BinaryPrimitives.ReadUInt32LittleEndian(file.Read(0, 4)) == Local;

    /// <exception cref="WeightsException">It is no archive that PyTorch could have written.</exception>
    public ZipDirectory(StoredFile file)
    {
        _file = file;
        var (offset, count, end) = FindDirectory();
        if (count is < 0 or > MostEntries) throw _file.Broken($"it claims {count:N0} entries");
        if (offset < 0 || offset > end || end - offset > MostDirectory) throw _file.Broken("its directory is damaged");
        var directory = file.Read(offset, end - offset).AsSpan();
        for (var i = 0L; i < count; i++) directory = directory[ReadEntry(directory)..];
        var ends = 0L;
        foreach (var (name, entry) in _entries.Append(new("the directory", (offset, offset, 0, 0))).OrderBy(e => e.Value.Start))
        {
            if (entry.Start < ends) throw _file.Broken($"'{name}' shares bytes with another entry");
            ends = entry.Offset + entry.Length;
        }
    }

    /// <exception cref="WeightsException">There is a compressed entry.</exception>
    public void RefuseCompressed()
    {
        if (_compressed is not null) throw _file.Broken(_compressed);
    }

    public IEnumerable<string> Names => _entries.Keys;

    /// <summary>Where an entry's bytes lie in the file, and their checksum; or null.</summary>
    public (long Offset, long Length, uint Crc)? Find(string name) =>
        _entries.TryGetValue(name, out var entry) ? (entry.Offset, entry.Length, entry.Crc) : null;

    /// <summary>Compares an entry with its checksum.</summary>
    /// <exception cref="WeightsException">It differs.</exception>
    public unsafe void Verify(string name)
    {
        var entry = _entries[name];
        var crc = new Crc32();
        _file.Scan(entry.Offset, entry.Length, (bytes, count) => crc.Append(new ReadOnlySpan<byte>((void*)bytes, count)));
        if (crc.GetCurrentHashAsUInt32() != entry.Crc) throw _file.Broken($"the checksum of '{name}' is wrong");
    }

    private (long Offset, long Count, long End) FindDirectory()
    {
        // The end record is 22 bytes, and a comment of up to 65,535 may follow.
        var length = Math.Min(_file.Length, 22 + 65_535);
        var tail = _file.Read(_file.Length - length, length).AsSpan();
        for (var i = tail.Length - 22; i >= 0; i--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(tail[i..]) != EndOfDirectory) continue;
            var record = _file.Length - tail.Length + i;
            long count = BinaryPrimitives.ReadUInt16LittleEndian(tail[(i + 10)..]),
                offset = BinaryPrimitives.ReadUInt32LittleEndian(tail[(i + 16)..]);
            if (record >= 20 && BinaryPrimitives.ReadUInt32LittleEndian(_file.Read(record - 20, 4)) == Locator64)
            {
                var record64 = BinaryPrimitives.ReadInt64LittleEndian(_file.Read(record - 20 + 8, 8));
                var content = _file.Read(record64, 56).AsSpan();
                if (BinaryPrimitives.ReadUInt32LittleEndian(content) != EndOfDirectory64)
                    throw _file.Broken("its ZIP64 record is missing");
                return (BinaryPrimitives.ReadInt64LittleEndian(content[48..]),
                    BinaryPrimitives.ReadInt64LittleEndian(content[32..]), record64);
            }
            return (offset, count, record);
        }
        throw _file.Broken("the archive's directory, at its end, is missing; the file is truncated");
    }

    /// <summary>Reads the entry with which the rest of the directory begins, and returns its length there.</summary>
    private int ReadEntry(ReadOnlySpan<byte> header)
    {
        if (header.Length < 46 || BinaryPrimitives.ReadUInt32LittleEndian(header) != Central)
            throw _file.Broken("its directory is damaged");
        var (flags, method) = (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(header[10..]));
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]),
            size = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        int nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]),
            extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[30..]),
            commentLength = BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        long local = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        var total = 46 + nameLength + extraLength + commentLength;
        if (total > header.Length) throw _file.Broken("its directory is damaged");
        if (nameLength > MostName) throw _file.Broken($"an entry's name of {nameLength:N0} bytes");
        var name = Encoding.UTF8.GetString(header.Slice(46, nameLength));
        var extra = header.Slice(46 + nameLength, extraLength);
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (4 + length > extra.Length) throw _file.Broken($"the entry '{name}' is damaged");
            if (id == 1) Read64(extra.Slice(4, length), ref size, ref packed, ref local);
            extra = extra[(4 + length)..];
        }
        if ((flags & 1) != 0) throw _file.Broken($"'{name}' is encrypted, and PyTorch encrypts nothing");
        if (method != 0 || packed != size)
        {
            _compressed ??= $"'{name}' is compressed ({packed:N0} bytes that claim to be {size:N0}), and PyTorch compresses no "
                + "weights. If you packed the file yourself, unpack it";
            size = packed;
        }
        if (name.Length == 0 || name.Contains('\\', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal)
            || name[0] == '/' || name.Split('/').Contains(".."))
            throw _file.Broken($"the entry's name '{name}' leads out of the archive");

        if (size < 0) throw _file.Broken($"the entry '{name}' is damaged");
        var localHeader = _file.Read(local, 30).AsSpan();
        if (BinaryPrimitives.ReadUInt32LittleEndian(localHeader) != Local)
            throw _file.Broken($"the entry '{name}' is not where the directory says");
        var data = local + 30 + BinaryPrimitives.ReadUInt16LittleEndian(localHeader[26..])
            + BinaryPrimitives.ReadUInt16LittleEndian(localHeader[28..]);
        if (size > _file.Length - data)
            throw _file.Broken($"'{name}' claims {size:N0} bytes, more than follow; the file is truncated, perhaps");
        if (!_entries.TryAdd(name, (local, data, size, crc))) throw _file.Broken($"it has two entries '{name}'");
        return total;

        static void Read64(ReadOnlySpan<byte> values, ref long size, ref long packed, ref long local)
        {
            // Only what did not fit into 32 bits is there, in this order.
            Take(ref size, ref values);
            Take(ref packed, ref values);
            Take(ref local, ref values);
        }

        static void Take(ref long value, ref ReadOnlySpan<byte> values)
        {
            if (value != uint.MaxValue || values.Length < 8) return;
            value = BinaryPrimitives.ReadInt64LittleEndian(values);
            values = values[8..];
        }
    }
}
