using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>Some examples that are learned from at once. What <see cref="Batches"/> gives is valid until the next one is asked
/// for.</summary>
/// <param name="Inputs">N×…, such as images N×C×H×W, or words by number N×T (int64).</param>
/// <param name="Targets">What should come out: N labels, N×T labels (one for each step of a sequence), or N×… values. A label of
/// −100 is not counted, neither in the loss nor in the metrics.</param>
public sealed record Batch(Tensor Inputs, Tensor Targets) : IDisposable
{
    /// <summary>N.</summary>
    public int Count => (int)Inputs.shape[0];

    /// <summary>The inputs after the first one, for a network that takes several; each N×….</summary>
    public IReadOnlyList<Tensor> MoreInputs { get; init; } = [];

    /// <summary>One of several inputs: 0 is <see cref="Inputs"/>.</summary>
    public Tensor this[int input] => input == 0 ? Inputs : MoreInputs[input - 1];

    /// <summary>N (int64): how many steps each sequence N×T×… has; what stands behind them is padding, and is not counted. Null
    /// where all T steps count.</summary>
    public Tensor? Lengths { get; init; }

    /// <summary>Whether these sequences go on where those of the batch before ended, as in a long text.</summary>
    public bool Continues { get; init; }

    /// <summary>N×T: true where a sequence is, false where it is padded. A new tensor.</summary>
    /// <exception cref="InvalidOperationException">The batch has no lengths.</exception>
    public Tensor Mask()
    {
        if (Lengths is null) throw new InvalidOperationException("The batch has no lengths, so nothing in it is padding.");
        using var steps = arange(Inputs.shape[1], device: Lengths.device);
        using var column = Lengths.unsqueeze(1);
        return steps.lt(column);
    }

    /// <summary>Whether there may be labels of −100, which are not counted.</summary>
    internal bool MayIgnore { get; init; } = true;

    /// <summary>Whether it is to try a network with, before any training.</summary>
    internal bool IsTrial { get; init; }

    /// <summary>Whether it is a part of a batch that goes through the network in several.</summary>
    internal bool IsPart { get; init; }

    /// <summary>Whether targets are one for each step of the sequences; null where it is to be told from the shapes.</summary>
    internal bool? IsKnownPerStep { get; init; }

    /// <summary>Whether lengths say of the targets as well what is padding. Of several inputs they are the first one's; its steps
    /// need not be the targets'.</summary>
    internal bool IsPerStep => Lengths is not null && MoreInputs.Count == 0 && (IsKnownPerStep ?? ArePerStep(Inputs, Targets));

    /// <summary>Whether there may be a target for each step.</summary>
    internal static bool ArePerStep(Tensor inputs, Tensor targets) =>
        targets.ndim >= 2 && inputs.ndim >= 2 && targets.shape[1] == inputs.shape[1];

    /// <summary>The same on a device: itself, where it is there already.</summary>
    internal Batch To(Device device) => Inputs.device_type == device.type && Targets.device_type == device.type
        ? this
        : With(t => t.to(device));

    /// <summary>The same in so many parts, or as many as it has examples. Their tensors belong to the scope at hand.</summary>
    internal IEnumerable<Batch> Parts(int parts)
    {
        if (parts <= 1) return [this];
        var size = (Count + parts - 1) / parts;
        return Enumerable.Range(0, (Count + size - 1) / size).Select(i =>
            Narrow(i * size, Math.Min(size, Count - i * size)) with { IsPart = true });
    }

    /// <summary>Some of the examples, as views.</summary>
    internal Batch Narrow(long from, long count) => With(t => t.narrow(0, from, count));

    /// <summary>The same twice, one after the other.</summary>
    internal Batch Twice() => With(t => cat([t, t]));

    /// <summary>A copy, which lives on when the batch itself is gone.</summary>
    internal Batch Copy() => With(t => t.clone());

    /// <summary>The same, its tensors out of the scope at hand.</summary>
    internal Batch Detached() => With(t => t.DetachFromDisposeScope());

    /// <summary>Frees the tensors: for whoever made the batch.</summary>
    public void Dispose()
    {
        foreach (var tensor in MoreInputs.Append(Inputs).Append(Targets)) tensor.Dispose();
        Lengths?.Dispose();
    }

    private Batch With(Func<Tensor, Tensor> change) => this with
    {
        Inputs = change(Inputs),
        Targets = change(Targets),
        MoreInputs = [.. MoreInputs.Select(change)],
        Lengths = Lengths is null ? null : change(Lengths),
    };
}
