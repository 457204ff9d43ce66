using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>A copy of a network's weights and buffers (the statistics of batch norm among them), to go back to.</summary>
internal sealed class Snapshot : IDisposable
{
    private readonly List<(string Name, Tensor Copy)> _copies;

    private Snapshot(IEnumerable<(string Name, Tensor Copy)> copies) => _copies = [.. copies];

    /// <summary>Copies what the network is now.</summary>
    public static Snapshot Of(nn.Module network)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new Snapshot(network.state_dict().Select(s => (s.Key, s.Value.detach().clone().DetachFromDisposeScope())));
    }

    /// <summary>A snapshot of tensors that were saved; it makes copies of its own.</summary>
    public static Snapshot Of(IEnumerable<(string Name, Tensor Tensor)> saved) =>
        new(saved.Select(s => (s.Name, s.Tensor.clone().DetachFromDisposeScope())));

    /// <summary>The copies by name; they stay this object's.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Tensors => _copies.Select(c => (c.Name, c.Copy));

    /// <summary>Makes the network what it was.</summary>
    public void Restore(nn.Module network)
    {
        using var noGrad = no_grad();
        var state = network.state_dict();
        foreach (var (name, copy) in _copies) state[name].copy_(copy);
    }

    /// <inheritdoc/>
    public void Dispose() => _copies.ForEach(c => c.Copy.Dispose());
}
