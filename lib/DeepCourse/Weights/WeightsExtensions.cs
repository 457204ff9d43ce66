using DeepCourse.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>A network and files of weights.</summary>
public static class WeightsExtensions
{
    /// <summary>
    /// Loads weights and buffers by name from a <c>.pth</c> or <c>.safetensors</c> file, converted to the network's types.
    /// Straight from the file into the network's own memory.
    /// </summary>
    /// <param name="network">The network; one on the meta device gets memory on the CPU first.</param>
    /// <param name="path">The file.</param>
    /// <param name="strict">Whether everything must fit. If not, what fits is loaded, and the report says what does not.</param>
    /// <returns>What was loaded, what is missing, unexpected or of another shape.</returns>
    /// <exception cref="WeightsException">The file is broken, or <paramref name="strict"/> and something does not fit: then
    /// nothing was loaded.</exception>
    public static LoadReport LoadWeights(this nn.Module network, string path, bool strict = true)
    {
        using var file = WeightsFile.Open(path);
        // A batch norm's counter is newer than some published files, and without effect on what a network computes.
        var wanted = network.state_dict();
        var report = new LoadReport(
            wanted.Count(w => Fits(w.Value, w.Key)),
            [.. wanted.Keys.Where(k => !file.Tensors.ContainsKey(k)
                && !k.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Order(StringComparer.Ordinal)],
            [.. file.Tensors.Keys.Where(k => !wanted.ContainsKey(k)).Order(StringComparer.Ordinal)],
            [.. wanted.Where(w => file.Tensors.ContainsKey(w.Key) && !Fits(w.Value, w.Key))
                .OrderBy(w => w.Key, StringComparer.Ordinal)
                .Select(w => $"{w.Key} (network {Shape(w.Value.shape)}, file {Shape(file.Tensors[w.Key].Shape)})")]);
        if (strict && !report.IsComplete)
            throw new WeightsException(
                $"{path} does not fit the network {network.GetName()}; nothing was "
                    + $"loaded.\n{(report with { Loaded = 0 }).ToString().Split('\n', 2)[1]}\nIf that is meant, load what fits "
                    + "with strict: false.");

        if (Weighted.IsWithoutMemory(network))
        {
            Weighted.Replace(network, t => t.device_type == DeviceType.META ? zeros(t.shape, t.dtype, CPU) : null);
            wanted = network.state_dict();
        }
        foreach (var (name, tensor) in wanted)
            if (Fits(tensor, name)) file.Tensors[name].CopyTo(tensor);
        return report;

        bool Fits(Tensor tensor, string name) =>
            file.Tensors.TryGetValue(name, out var stored) && tensor.shape.SequenceEqual(stored.Shape);
    }

    /// <summary>Saves a network's weights and buffers as a <c>.safetensors</c> file, all at once or not at all.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file.</param>
    public static void SaveWeights(this nn.Module network, string path) => Safetensors.Write(path, network.state_dict());

    private static string Shape(IEnumerable<long> shape) => string.Join('×', shape) is { Length: > 0 } text ? text : "scalar";
}
