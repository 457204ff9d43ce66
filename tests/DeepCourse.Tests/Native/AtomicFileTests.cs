using System.Diagnostics;
using System.Text;

namespace DeepCourse.Native;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string File_ => Path.Combine(_folder, "a.txt");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_write_that_fails_leaves_the_old_file_and_nothing_else()
    {
        AtomicFile.Write(File_, "old"u8.ToArray());
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(File_, stream =>
        {
            stream.Write("ne"u8);
            throw new InvalidOperationException("in the middle");
        }));
        Assert.Equal("old", File.ReadAllText(File_));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void What_a_killed_writer_left_is_deleted_and_what_a_living_one_writes_is_not()
    {
        using var dead = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        dead.WaitForExit();
        string Temporary(string name, int process) => Path.Combine(_folder, $".{name}.{process}-1.deepcourse.tmp");
        var (left, other) = (Temporary("a.txt", dead.Id), Temporary("gone.pth", dead.Id));
        var living = Temporary("b.txt", Environment.ProcessId);
        var old = Temporary("c.txt", Environment.ProcessId);
        var users = Path.Combine(_folder, ".a.txt.tmp");
        foreach (var file in new[] { left, other, living, old, users }) File.WriteAllText(file, "x");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-2));
        AtomicFile.Write(File_, "new"u8.ToArray());
        Assert.Equal(new[] { File_, living, users }.Order(), Directory.EnumerateFiles(_folder).Order());
    }

    [Fact]
    public void Permissions_and_symbolic_links_stay()
    {
        if (OperatingSystem.IsWindows()) return;
        AtomicFile.Write(File_, "old"u8.ToArray());
        File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var link = Path.Combine(_folder, "link.txt");
        File.CreateSymbolicLink(link, File_);
        AtomicFile.Write(link, "new"u8.ToArray());
        Assert.Equal("new", File.ReadAllText(File_));
        Assert.Equal(File_, new FileInfo(link).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File_));
    }

    [Fact]
    public void What_can_t_be_written_is_said_in_words()
    {
        Assert.Contains("there is no folder",
            Assert.Throws<IOException>(() => AtomicFile.Write(Path.Combine(_folder, "none", "a"), [1])).Message,
            StringComparison.Ordinal);
        Assert.Contains("it is a folder", Assert.Throws<IOException>(() => AtomicFile.Write(_folder, [1])).Message,
            StringComparison.Ordinal);
        var full = new IOException("No space left on device", 28);
        Assert.Contains("the disk is full", Assert.Throws<IOException>(() => AtomicFile.Write(File_, _ => throw full)).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Many_writers_at_once_leave_one_whole_file()
    {
        Parallel.For(0, 40, i => AtomicFile.Write(File_, Encoding.UTF8.GetBytes(new string((char)('a' + i % 26), 10_000))));
        Assert.Single(File.ReadAllText(File_).Distinct());
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }
}
