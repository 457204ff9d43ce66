using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DeepCourse.Weights;

/// <summary>
/// A file of which parts are read when they are wanted, each checked against the file's length. Never mapped into memory: a
/// mapped file that another program cuts meanwhile ends the process; here it is an exception.
/// </summary>
internal sealed unsafe class StoredFile : IDisposable
{
    /// <summary>Bytes of one call to the system; some read no more than 2³¹ at once.</summary>
    private const int Piece = 1 << 26;

    private readonly SafeFileHandle _handle;

    /// <exception cref="WeightsException">There is no such file, it is empty, or it can't be read.</exception>
    public StoredFile(string path)
    {
        Path = path;
        try
        {
            _handle = File.OpenHandle(path);
            Length = RandomAccess.GetLength(_handle);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightsException($"There is no file {System.IO.Path.GetFullPath(path)}.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException or NotSupportedException)
        {
            _handle?.Dispose();
            throw new WeightsException(Directory.Exists(path) ? $"{path} is a folder. Give the file of weights in it."
                : $"{path} can't be read: {e.Message}", e);
        }
        if (Length > 0) return;
        _handle.Dispose();
        throw new WeightsException($"{path} is empty. Copy or download it again.");
    }

    public string Path { get; }

    /// <summary>How long it was when it was opened.</summary>
    public long Length { get; }

    /// <summary>A part of the file, as a copy; for parts that are small, such as headers.</summary>
    /// <exception cref="WeightsException">It lies, in part, behind the file's end: the file is truncated.</exception>
    public byte[] Read(long offset, long length)
    {
        Check(offset, length); // before anything is allocated
        var bytes = new byte[length];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>Fills <paramref name="target"/> with what lies in the file from <paramref name="offset"/> on.</summary>
    /// <exception cref="WeightsException">The file ends before, or can't be read.</exception>
    public void Read(long offset, Span<byte> target)
    {
        Check(offset, target.Length);
        try
        {
            for (var done = 0; done < target.Length;)
            {
                var count = RandomAccess.Read(_handle, target[done..], offset + done);
                if (count == 0)
                    throw new WeightsException(
                        $"{Path} ended while it was read: {offset + done:N0} of {Length:N0} bytes. Another program has cut it; "
                            + "copy or download it again.");
                done += count;
            }
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not WeightsException))
        {
            throw new WeightsException($"{Path} can't be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Copies a part of the file into memory, which may be larger than a span can be, and tells
    /// <paramref name="see"/> each piece while it is still in the processor's caches.
    /// </summary>
    public void CopyTo(long offset, long length, nint target, Action<nint, int>? see = null)
    {
        Check(offset, length);
        var piece = see is null ? Piece : 1 << 18;
        for (var done = 0L; done < length; done += piece)
        {
            var count = (int)Math.Min(piece, length - done);
            Read(offset + done, new Span<byte>((byte*)target + done, count));
            see?.Invoke((nint)((byte*)target + done), count);
        }
    }

    /// <summary>Shows a part of the file, piece by piece, without keeping it.</summary>
    public void Scan(long offset, long length, Action<nint, int> see)
    {
        Check(offset, length);
        var piece = (int)Math.Min(1 << 18, length);
        var buffer = NativeMemory.Alloc((nuint)piece);
        try
        {
            for (var done = 0L; done < length; done += piece)
                CopyTo(offset + done, Math.Min(piece, length - done), (nint)buffer, see);
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    /// <summary>What is said of a file that is not what it should be.</summary>
    public WeightsException Broken(string what) =>
        new($"{Path} is no file of weights, or a broken one: {what}. Copy or download it again.");

    private void Check(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        if (offset < 0 || length < 0 || offset > Length - length)
            throw Broken(
                $"it speaks of {length:N0} bytes from byte {offset:N0} on, and has {Length:N0}; it is truncated, perhaps");
    }

    public void Dispose() => _handle.Dispose();
}
