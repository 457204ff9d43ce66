using System.IO.MemoryMappedFiles;

namespace DeepCourse.Weights;

/// <summary>A file seen as memory: only what is looked at is read, and nothing is copied. Every access is checked against the
/// file's length.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    /// <exception cref="WeightsException">There is no such file, it is empty, or it can't be read.</exception>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            Length = stream.Length;
            if (Length == 0)
            {
                stream.Dispose();
                throw new WeightsException($"{path} is empty. Copy or download it again.");
            }
            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None,
                leaveOpen: false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightsException($"There is no file {System.IO.Path.GetFullPath(path)}.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not WeightsException))
        {
            throw new WeightsException($"{path} can't be read: {e.Message}", e);
        }
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>A part of the file.</summary>
    /// <exception cref="WeightsException">It lies, in part, behind the file's end: the file is truncated.</exception>
    public ReadOnlySpan<byte> Slice(long offset, long length)
    {
        Check(offset, length);
        return new ReadOnlySpan<byte>(_start + offset, checked((int)length));
    }

    /// <summary>Copies a part of the file, which may be larger than a span can be.</summary>
    public void CopyTo(long offset, long length, nint target)
    {
        Check(offset, length);
        Buffer.MemoryCopy(_start + offset, (void*)target, length, length);
    }

    /// <summary>What is said of a file that is not what it should be.</summary>
    public WeightsException Broken(string what) =>
        new($"{Path} is no file of weights, or a broken one: {what}. Copy or download it again.");

    private void Check(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, this);
        if (offset < 0 || length < 0 || offset > Length - length)
            throw Broken(
                $"it speaks of {length:N0} bytes from byte {offset:N0} on, and has {Length:N0}; it is truncated, perhaps");
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
