using System.Buffers.Binary;
using System.Text;

namespace DeepCourse.Native;

/// <summary>A small ELF file made here, with one library, three versions and two symbols: what the walk has to find, and nothing
/// else.</summary>
internal static class MadeUpElf
{
    public const int VerneedAt = 0x100, NamesAt = 0x200, SymbolsAt = 0x300, VersymAt = 0x400, SectionsAt = 0x480;
    public static readonly string[] Versions = ["GLIBCXX_3.4.11", "GLIBCXX_3.4.30", "GLIBCXX_3.4.32"];

    public static byte[] Create()
    {
        var file = new byte[SectionsAt + 5 * 64];
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(file, 0);
        U64(file, 0x28, SectionsAt);
        U16(file, 0x3A, 64);
        U16(file, 0x3C, 5);

        var names = new MemoryStream();
        names.WriteByte(0);
        int Name(string text)
        {
            var at = (int)names.Position;
            names.Write(Encoding.ASCII.GetBytes(text + "\0"));
            return at;
        }

        U16(file, VerneedAt, 1);
        U16(file, VerneedAt + 2, (ushort)Versions.Length);
        U32(file, VerneedAt + 4, (uint)Name("libstdc++.so.6"));
        U32(file, VerneedAt + 8, 16);
        for (var i = 0; i < Versions.Length; i++)
        {
            var at = VerneedAt + 16 + 16 * i;
            U16(file, at + 6, (ushort)(i + 2));
            U32(file, at + 8, (uint)Name(Versions[i]));
            U32(file, at + 12, i == Versions.Length - 1 ? 0u : 16u);
        }
        for (var i = 1; i <= 2; i++)
        {
            U32(file, SymbolsAt + 24 * i, (uint)Name(i == 1 ? "wait" : "defined"));
            U16(file, SymbolsAt + 24 * i + 6, (ushort)(i == 1 ? 0 : 7));
            U16(file, VersymAt + 2 * i, 3);
        }
        names.ToArray().CopyTo(file, NamesAt);

        Section(file, 1, 0x6ffffffe, VerneedAt, 16 + 48, link: 2, info: 1);
        Section(file, 2, 3, NamesAt, (int)names.Length);
        Section(file, 3, 11, SymbolsAt, 3 * 24, link: 2);
        Section(file, 4, 0x6fffffff, VersymAt, 6);
        return file;
    }

    private static void Section(byte[] file, int index, uint type, int offset, int size, uint link = 0, uint info = 0)
    {
        var at = SectionsAt + index * 64;
        U32(file, at + 4, type);
        U64(file, at + 0x18, (ulong)offset);
        U64(file, at + 0x20, (ulong)size);
        U32(file, at + 0x28, link);
        U32(file, at + 0x2C, info);
    }

    public static void U16(byte[] file, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    public static void U32(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);

    public static void U64(byte[] file, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
}
