
namespace DeepCourse.Weights;

/// <summary>
/// A file of weights: PyTorch's <c>.pth</c> (new and old form) or <c>.safetensors</c>, told apart by what is in it. Opening it
/// reads its table of contents alone; a tensor's values are read, and their checksum compared, when somebody asks for them.
/// </summary>
public sealed class WeightsFile : IDisposable
{
    private readonly StoredFile _file;

    private WeightsFile(StoredFile file, Contents contents) =>
        (_file, Tensors, Unreadable) = (file, contents.Tensors, contents.Unreadable);

    /// <summary>Opens a file and reads what is in it; nothing of it is executed.</summary>
    /// <exception cref="WeightsException">It is not there, broken, or wants something that weights do not need.</exception>
    public static WeightsFile Open(string path)
    {
        var file = new StoredFile(path);
        try
        {
            return new WeightsFile(file, Safetensors.Is(file) ? Safetensors.Read(file) : PthFile.Read(file));
        }
        catch (Exception e)
        {
            file.Dispose();
            if (e is WeightsException) throw;
            throw new WeightsException($"{path} is no file of weights, or a broken one ({e.Message}). Copy or download it again.",
                e);
        }
    }

    /// <summary>The tensors by name, as long as the file is open.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>What else is there under names and can't be read here, with what it is, such as "a sparse tensor".</summary>
    public IReadOnlyDictionary<string, string> Unreadable { get; }

    /// <summary>Closes the file. Tensors that were read stay.</summary>
    public void Dispose() => _file.Dispose();
}
