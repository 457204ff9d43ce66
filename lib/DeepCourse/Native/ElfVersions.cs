using System.Buffers.Binary;
using System.Text;

namespace DeepCourse.Native;

/// <summary>
/// The symbol versions that a 64-bit little-endian ELF library asks of others, and two edits to them in a copy held in memory.
/// Every offset is checked against the file's length before it is read: a truncated or hostile file ends in
/// <see cref="InvalidDataException"/>.
/// </summary>
/// <remarks>
/// Layout: System V ABI, chapter 4, and the Linux Standard Base's "Symbol Versioning" (<c>.gnu.version</c>,
/// <c>.gnu.version_r</c>).
/// </remarks>
internal sealed class ElfVersions
{
    private const uint DynamicSymbols = 11;            // SHT_DYNSYM
    private const uint VersionNeeds = 0x6ffffffe;      // SHT_GNU_verneed
    private const uint VersionSymbols = 0x6fffffff;    // SHT_GNU_versym
    private const ushort Weak = 2;                     // VER_FLG_WEAK
    private const int SectionHeaderSize = 64, SymbolSize = 24, NeedSize = 16, AuxSize = 16;

    private readonly byte[] _file;
    private readonly List<Section> _sections = [];
    private readonly List<Need> _needs = [];

    private readonly record struct Section(uint Type, uint Link, uint Info, long Offset, long Size);

    private readonly record struct Need(string Version, ushort Index, long FlagsAt);

    /// <summary>Reads the tables of <paramref name="file"/>, which the edits below then change in place.</summary>
    /// <exception cref="InvalidDataException">Not a 64-bit little-endian ELF file, or a table that points outside it.</exception>
    public ElfVersions(byte[] file)
    {
        _file = file;
        if (file.Length < 64 || !file.AsSpan(0, 4).SequenceEqual((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F']))
            throw new InvalidDataException("Not an ELF file: the first four bytes are not 7F 'ELF'.");
        if (file[4] != 2 || file[5] != 1)
            throw new InvalidDataException("Not a 64-bit little-endian ELF file.");
        ReadSections();
        ReadNeeds();
    }

    /// <summary>The versions asked for, such as "GLIBCXX_3.4.32", in the file's order.</summary>
    public IEnumerable<string> Versions => _needs.Select(n => n.Version);

    /// <summary>Lets the loader go on when <paramref name="version"/> is missing. Returns whether the file asks for it.</summary>
    public bool Weaken(string version)
    {
        var found = false;
        foreach (var need in _needs.Where(n => n.Version == version))
        {
            var flags = ReadUInt16(need.FlagsAt);
            BinaryPrimitives.WriteUInt16LittleEndian(_file.AsSpan((int)need.FlagsAt, 2), (ushort)(flags | Weak));
            found = true;
        }
        return found;
    }

    /// <summary>Binds the undefined symbol <paramref name="symbol"/> to <paramref name="version"/> instead. Returns whether both
    /// exist.</summary>
    public bool Rebind(string symbol, string version)
    {
        var index = _needs.Where(n => n.Version == version).Select(n => (ushort?)n.Index).FirstOrDefault();
        var symbols = _sections.FirstOrDefault(s => s.Type == DynamicSymbols);
        var versions = _sections.FirstOrDefault(s => s.Type == VersionSymbols);
        if (index is null || symbols.Size == 0 || versions.Size == 0) return false;

        var names = Linked(symbols);
        for (long i = 0; i < symbols.Size / SymbolSize; i++)
        {
            var at = symbols.Offset + i * SymbolSize;
            if (ReadUInt16(at + 6) != 0 || ReadName(names, ReadUInt32(at)) != symbol) continue; // st_shndx 0: undefined here
            var versionAt = versions.Offset + i * 2;
            if (i * 2 + 2 > versions.Size) throw Outside("symbol version", versionAt);
            BinaryPrimitives.WriteUInt16LittleEndian(Range(versionAt, 2), index.Value);
            return true;
        }
        return false;
    }

    private void ReadSections()
    {
        var table = ReadOffset(0x28);
        int entrySize = ReadUInt16(0x3A), count = ReadUInt16(0x3C);
        if (count > 0 && entrySize != SectionHeaderSize)
            throw new InvalidDataException($"A section header of {entrySize} bytes; ELF-64 has {SectionHeaderSize}.");
        for (var i = 0; i < count; i++)
        {
            var at = checked(table + (long)i * SectionHeaderSize);
            Range(at, SectionHeaderSize);
            _sections.Add(
                new Section(ReadUInt32(at + 4), ReadUInt32(at + 0x28), ReadUInt32(at + 0x2C), ReadOffset(at + 0x18),
                    ReadOffset(at + 0x20)));
        }
    }

    private void ReadNeeds()
    {
        var section = _sections.FirstOrDefault(s => s.Type == VersionNeeds);
        if (section.Size == 0) return;
        Range(section.Offset, section.Size);
        var names = Linked(section);
        long end = section.Offset + section.Size, at = section.Offset;

        // sh_info counts the libraries; each step goes forward, so that a file can't make this loop for ever.
        for (uint library = 0; library < section.Info; library++)
        {
            if (at + NeedSize > end) throw Outside("version need", at);
            var entries = ReadUInt16(at + 2);
            var aux = at + ReadUInt32(at + 8);
            for (var entry = 0; entry < entries; entry++)
            {
                if (aux + AuxSize > end) throw Outside("version entry", aux);
                _needs.Add(new Need(ReadName(names, ReadUInt32(aux + 8)), ReadUInt16(aux + 6), aux + 4));
                var next = ReadUInt32(aux + 12);
                if (next == 0) break;
                aux += next;
            }
            var step = ReadUInt32(at + 12);
            if (step == 0) break;
            at += step;
        }
    }

    private Section Linked(Section section) => section.Link < _sections.Count
        ? _sections[(int)section.Link]
        : throw new InvalidDataException($"A section refers to section {section.Link}; the file has {_sections.Count}.");

    private string ReadName(Section strings, uint offset)
    {
        if (offset >= strings.Size) throw Outside("name", offset);
        var bytes = Range(strings.Offset, strings.Size)[(int)offset..];
        var length = bytes.IndexOf((byte)0);
        return length >= 0 ? Encoding.ASCII.GetString(bytes[..length]) : throw Outside("name without an end", offset);
    }

    private Span<byte> Range(long offset, long length) =>
        offset >= 0 && length >= 0 && offset <= _file.Length - length
            ? _file.AsSpan((int)offset, (int)length)
            : throw Outside("table", offset);

    private ushort ReadUInt16(long at) => BinaryPrimitives.ReadUInt16LittleEndian(Range(at, 2));

    private uint ReadUInt32(long at) => BinaryPrimitives.ReadUInt32LittleEndian(Range(at, 4));

    private long ReadOffset(long at)
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(Range(at, 8));
        return value <= (ulong)_file.Length ? (long)value : throw Outside("offset", (long)Math.Min(value, long.MaxValue));
    }

    private InvalidDataException Outside(string what, long where) =>
        new($"Damaged ELF file: a {what} at {where:N0} lies outside the file of {_file.Length:N0} bytes.");
}
