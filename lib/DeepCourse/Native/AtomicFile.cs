using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace DeepCourse.Native;

/// <summary>
/// A file written whole or not at all, also when the power goes or the program is killed in the middle: the content goes to a
/// temporary neighbour, from there to the disk, and only then gets the name. Two processes may do it at once. What a killed one
/// left behind, the next one in that folder deletes.
/// </summary>
public static partial class AtomicFile
{
    /// <summary>".weights.pth.1234-5.deepcourse.tmp": the number of the process, and that of the file in it.</summary>
    private const string Ending = ".deepcourse.tmp";

    private const int LongestName = 100, NoSpaceOnUnix = 28, NoSpaceOnWindows = unchecked((int)0x80070070);

    /// <summary>Where a name stands for a device, which a file must not replace; its shared memory is a place for
    /// files.</summary>
    private static readonly string[] Systems = ["/dev/full", "/dev/null", "/dev/std", "/dev/tty", "/dev/zero", "/dev/fd/",
        "/dev/random",
        "/dev/urandom", "/proc/", "/sys/"];

    private static int _count;

    /// <summary>Writes <paramref name="path"/>: what was there is replaced, keeps its permissions, and stays when this fails; a
    /// symbolic link stays one, and what it leads to is replaced.</summary>
    /// <exception cref="IOException">It can't be written; the message says why.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var target = Resolve(path);
        if (!OperatingSystem.IsWindows() && Systems.Any(s => target.StartsWith(s, StringComparison.Ordinal)))
            throw new IOException($"{path} can't be written: what lies there are no files, but the system's own things.");
        var folder = Path.GetDirectoryName(target)!;
        var name = Path.GetFileName(target);
        var start = name[..Math.Min(name.Length, LongestName)];
        var temporary = Path.Combine(folder,
            $".{start}.{Environment.ProcessId}-{Interlocked.Increment(ref _count)}{Ending}");
        try
        {
            DeleteLeftovers(folder);
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            if (!OperatingSystem.IsWindows() && File.Exists(target))
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
            Rename(temporary, target);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || e.GetType() == typeof(IOException)
            || e is DirectoryNotFoundException or PathTooLongException)
        {
            throw new IOException($"{path} can't be written: {Reason(e, folder, target)}", e);
        }
        finally
        {
            Delete(temporary);
        }
    }

    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void Write(string path, byte[] content) => Write(path, stream => stream.Write(content));

    /// <summary>Gives a file that is whole its name, for good: its content and its name are on the disk when this
    /// returns.</summary>
    internal static void Publish(string whole, string path)
    {
        using (var file = new FileStream(whole, FileMode.Open, FileAccess.Write)) file.Flush(flushToDisk: true);
        Rename(whole, path);
    }

    private static void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        // The new name stands in the folder, which Unix writes when it likes. Windows' file system has a journal of names, and
        // no way to ask for more.
        if (OperatingSystem.IsWindows()) return;
        var folder = Open(Path.GetDirectoryName(Path.GetFullPath(to))!, 0); // O_RDONLY
        if (folder < 0) return; // a folder that may be written and not read
        _ = Sync(folder); // some network file systems have nothing to do here, and say so
        _ = Close(folder);
    }

    private static string Resolve(string path)
    {
        var file = new FileInfo(path);
        return (file.LinkTarget is null ? null : file.ResolveLinkTarget(returnFinalTarget: true)?.FullName) ?? file.FullName;
    }

    private static string Reason(Exception e, string folder, string target) => e switch
    {
        DirectoryNotFoundException => $"there is no folder {folder}. Create it first.",
        _ when Directory.Exists(target) => "it is a folder. Give the name of a file.",
        { HResult: NoSpaceOnUnix or NoSpaceOnWindows } =>
            $"the disk is full. Make room on the disk of {folder}, then try again; what was there before is still there.",
        UnauthorizedAccessException =>
            $"the folder {folder} can't be written by you. Give another folder, or change its permissions.",
        _ => e.Message,
    };

    /// <summary>Deletes what writers that have gone left in a folder; never what a living one writes.</summary>
    private static void DeleteLeftovers(string folder)
    {
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder, $".*{Ending}"))
            {
                var numbers = Path.GetFileName(file)[..^Ending.Length].Split('.')[^1].Split('-');
                if (numbers is not [var process, _]
                    || !int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) continue;
                if (!IsRunning(id) || DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > TimeSpan.FromDays(1)) Delete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that can't be listed may still be written.
        }
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return true; // somebody else's: it can't be asked
        }
    }

    private static void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder has gone or can't be written; whatever went wrong before is what is told.
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
