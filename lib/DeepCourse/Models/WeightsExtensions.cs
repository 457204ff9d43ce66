using DeepCourse.Native;
using DeepCourse.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>A network and files of weights.</summary>
public static class WeightsExtensions
{
    /// <summary>
    /// Loads weights and buffers by name from a <c>.pth</c> or <c>.safetensors</c> file, converted to the network's types; all of
    /// them, or a part: <c>net.LoadWeights("resnet18.pth", except: "fc")</c>,
    /// <c>net.LoadWeights(path, only: "layer3, layer4")</c>, <c>net.LoadWeights(path, prefix: "module.")</c>. A file that breaks
    /// in the middle leaves the network as it was.
    /// </summary>
    /// <param name="network">The network; one on the meta device gets memory on the CPU first.</param>
    /// <param name="path">The file: a network's <c>state_dict</c>, or a checkpoint that holds one.</param>
    /// <param name="strict">Whether everything must fit. If not, what fits is loaded, and the report says what does not.</param>
    /// <param name="only">Which of the network's weights are meant, the others stay: patterns with a comma between. <c>*</c>
    /// stands for any characters; a module's name, such as "layer4", for all below it. Null for all.</param>
    /// <param name="except">Which are not meant: patterns like those of <paramref name="only"/>.</param>
    /// <param name="prefix">With what names begin in the file and not in the network, such as "module." or "encoder."; what does
    /// not begin with it is left aside.</param>
    /// <param name="rename">Gives a name in the file, after the prefix is gone, the name in the network, such as
    /// <c>name => name.Replace("backbone.", "")</c>; null for what is to be left aside.</param>
    /// <returns>What was loaded, what is missing, unexpected or of another shape, of what is meant.</returns>
    /// <exception cref="WeightsException">The file is broken; a pattern or the prefix means nothing that is there; two tensors
    /// get one name; or <paramref name="strict"/> and something does not fit. Then nothing was loaded.</exception>
    public static LoadReport LoadWeights(
        this nn.Module network,
        string path,
        bool strict = true,
        string? only = null,
        string? except = null,
        string? prefix = null,
        Func<string, string?>? rename = null)
    {
        using var file = WeightsFile.Open(path);
        var names = new WeightNames(only, except, prefix, rename);
        var stored = names.InNetwork(file.Tensors);
        var unreadable = names.InNetwork(file.Unreadable);
        var all = network.state_dict();
        names.Check(all.Keys, file.Tensors.Keys, stored.Keys);
        var wanted = all.Where(w => names.AreMeant(w.Key)).ToList();
        if (wanted.Count == 0)
            throw new WeightsException(
                $"Nothing of the network is left to be loaded: only: {only ?? "all"}, except: {except ?? "none"}.");
        // Two names of one tensor (tied weights): a file may hold it under either.
        var found = wanted.Where(w => stored.ContainsKey(w.Key)).Select(w => TensorMemory.Of(w.Value)).ToHashSet();
        var report = new LoadReport(
            wanted.Count(w => Fits(w.Value, w.Key)),
            [.. wanted.Where(w => !stored.ContainsKey(w.Key) && !unreadable.ContainsKey(w.Key)
                    // A batch norm's counter is newer than some published files, and without effect on what a network computes.
                    && !w.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)
                    && !found.Contains(TensorMemory.Of(w.Value)))
                .Select(w => w.Key).Order(StringComparer.Ordinal)],
            [.. stored.Keys.Where(k => !all.ContainsKey(k) && names.AreMeant(k)).Order(StringComparer.Ordinal)],
            [.. wanted.Where(w => stored.ContainsKey(w.Key) && !Fits(w.Value, w.Key))
                .OrderBy(w => w.Key, StringComparer.Ordinal)
                .Select(w => $"{w.Key} (network {Describe(w.Value, stored[w.Key])}, file {Describe(stored[w.Key], w.Value)})")])
        {
            Unreadable = [.. wanted.Where(w => unreadable.ContainsKey(w.Key)).OrderBy(w => w.Key, StringComparer.Ordinal)
                .Select(w => $"{w.Key} ({unreadable[w.Key]})")],
        };
        if (strict && !report.IsComplete)
            throw new WeightsException(
                $"{path} does not fit the network {network.GetName()}; nothing was loaded.\n"
                    + $"{(report with { Loaded = 0 }).ToString().Split('\n', 2)[1]}\n"
                    + (WeightNames.Hint(all.Keys, file.Tensors.Keys)
                        ?? "If that is meant, leave out what is another's, such as except: \"fc\", or load what fits with "
                        + "strict: false."));

        Load(network, [.. wanted.Where(w => Fits(w.Value, w.Key)).Select(w => (w.Key, stored[w.Key]))]);
        return report;

        bool Fits(Tensor tensor, string name) => stored.TryGetValue(name, out var other)
            && tensor.shape.SequenceEqual(other.Shape) && (tensor.is_complex() || !IsComplex(other));
    }

    /// <summary>Saves a network's weights and buffers as a <c>.safetensors</c> file, all at once or not at all.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="WeightsException">The network has no memory (the meta device), or a type that the format has
    /// not.</exception>
    public static void SaveWeights(this nn.Module network, string path) => Safetensors.Write(path, network.state_dict());

    /// <summary>All of the tensors, or none of them.</summary>
    private static void Load(nn.Module network, IReadOnlyList<(string Name, StoredTensor Stored)> tensors)
    {
        using var noGrad = no_grad();
        if (Weighted.IsWithoutMemory(network))
        {
            // New memory: it is filled at once, and given back when that fails.
            var replaced = new List<bool>();
            Weighted.Replace(network, t =>
            {
                replaced.Add(t.device_type == DeviceType.META);
                return replaced[^1] ? zeros(t.shape, t.dtype, CPU) : null;
            });
            try
            {
                var made = network.state_dict();
                foreach (var (name, stored) in tensors) stored.CopyTo(made[name]);
            }
            catch
            {
                var i = 0;
                Weighted.Replace(network, t => replaced[i++] ? empty(t.shape, t.dtype, META) : null);
                throw;
            }
            return;
        }
        using var scope = NewDisposeScope();
        var targets = network.state_dict();
        var read = tensors.Select(t =>
        {
            var target = targets[t.Name];
            var values = empty(target.shape, target.dtype, CPU);
            t.Stored.CopyTo(values);
            return (Target: target, Values: values);
        }).ToList();
        foreach (var (target, values) in read) target.copy_(values);
    }

    private static bool IsComplex(StoredTensor tensor) => tensor.DType is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;

    private static string Describe(Tensor tensor, StoredTensor other) =>
        Shape(tensor.shape) + (IsComplex(other) ? $" {tensor.dtype}" : "");

    private static string Describe(StoredTensor tensor, Tensor _) =>
        Shape(tensor.Shape) + (IsComplex(tensor) ? $" {tensor.DType}" : "");

    private static string Shape(IEnumerable<long> shape) => string.Join('×', shape) is { Length: > 0 } text ? text : "scalar";
}
