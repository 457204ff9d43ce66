using CsCheck;

namespace DeepCourse.Native;

public sealed class ElfVersionsTests
{
    [Fact]
    public void Versions_are_found_in_the_files_order() =>
    Assert.Equal(MadeUpElf.Versions, new ElfVersions(MadeUpElf.Create()).Versions);

    [Fact]
    public void Weakening_a_version_sets_one_bit_and_nothing_else()
    {
        var (before, after) = (MadeUpElf.Create(), MadeUpElf.Create());
        Assert.True(new ElfVersions(after).Weaken("GLIBCXX_3.4.32"));
        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToList();
        Assert.Equal([MadeUpElf.VerneedAt + 16 + 2 * 16 + 4], changed);
        Assert.Equal(2, after[changed[0]]);
    }

    [Fact]
    public void A_version_that_is_not_there_is_said_so_and_changes_nothing()
    {
        var file = MadeUpElf.Create();
        Assert.False(new ElfVersions(file).Weaken("GLIBCXX_9"));
        Assert.Equal(MadeUpElf.Create(), file);
    }

    [Fact]
    public void An_undefined_symbol_is_bound_to_the_older_version_and_a_defined_one_is_not()
    {
        var file = MadeUpElf.Create();
        var elf = new ElfVersions(file);
        Assert.True(elf.Rebind("wait", "GLIBCXX_3.4.11"));
        Assert.False(elf.Rebind("defined", "GLIBCXX_3.4.11"));
        Assert.False(elf.Rebind("wait", "GLIBCXX_9"));
        Assert.Equal(2, file[MadeUpElf.VersymAt + 2]);
        Assert.Equal(3, file[MadeUpElf.VersymAt + 4]);
    }

    [Fact]
    public void Every_truncation_of_the_file_is_read_or_refused_and_never_reads_outside()
    {
        var whole = MadeUpElf.Create();
        for (var length = 0; length < whole.Length; length++) ReadOrRefuse(whole[..length]);
    }

    [Fact]
    public void Any_damage_is_read_or_refused_and_never_reads_outside() =>
        Gen.Select(Gen.Int[0, MadeUpElf.Create().Length - 9],
            Gen.OneOf(Gen.ULong, Gen.Const(0UL), Gen.Const(1UL), Gen.Const(ulong.MaxValue), Gen.Const(0xffffffffUL)),
            Gen.Int[1, 8])
            .Array[1, 4]
            .Sample(edits =>
            {
                var file = MadeUpElf.Create();
                foreach (var (at, value, bytes) in edits) BitConverter.GetBytes(value).AsSpan(0, bytes).CopyTo(file.AsSpan(at));
                ReadOrRefuse(file);
            }, iter: 20_000);

    [Fact]
    public void Versions_that_form_a_ring_end()
    {
        var file = MadeUpElf.Create();
        MadeUpElf.U16(file, MadeUpElf.VerneedAt + 2, ushort.MaxValue);
        MadeUpElf.U32(file, MadeUpElf.VerneedAt + 16 + 12, 0xfffffff0);
        ReadOrRefuse(file);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F' })]
    public void What_is_no_ELF_file_is_refused(byte[] content) =>
    Assert.Throws<InvalidDataException>(() => new ElfVersions(content));

    [Fact]
    public void The_package_s_own_library_is_accepted_by_older_systems_after_the_edit_and_its_file_is_untouched()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so");
        Assert.SkipUnless(File.Exists(path), "Only the Linux package has it.");
        var content = File.ReadAllBytes(path);
        Libtorch.AcceptOlderCxxLibrary(content);
        var original = File.ReadAllBytes(path);
        Assert.InRange(Enumerable.Range(0, content.Length).Count(i => content[i] != original[i]), 1, 4);
        Assert.Contains("GLIBCXX_3.4.32", new ElfVersions(original).Versions);
    }

    private static void ReadOrRefuse(byte[] file)
    {
        try
        {
            var elf = new ElfVersions(file);
            elf.Weaken("GLIBCXX_3.4.32");
            elf.Rebind("wait", "GLIBCXX_3.4.11");
        }
        catch (InvalidDataException)
        {
            // Refused, with a message; anything else fails the test.
        }
    }
}
