
namespace DeepCourse.Weights;

/// <summary>
/// A file of weights: PyTorch's <c>.pth</c> (new and old form) or <c>.safetensors</c>, told apart by what is in it. It is seen
/// through the system's memory map: a tensor's bytes are read when it is.
/// </summary>
public sealed class WeightsFile : IDisposable
{
    private readonly MappedFile _file;

    private WeightsFile(MappedFile file, IReadOnlyDictionary<string, StoredTensor> tensors) => (_file, Tensors) = (file, tensors);

    /// <summary>Opens a file and reads what is in it; nothing of it is executed.</summary>
    /// <exception cref="WeightsException">It is not there, broken, or wants something that weights do not need.</exception>
    public static WeightsFile Open(string path)
    {
        var file = new MappedFile(path);
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

    /// <summary>Closes the file. Tensors that were read stay.</summary>
    public void Dispose() => _file.Dispose();
}
