using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>Where batches come from: tensors of examples, a long text, or somebody else.</summary>
internal abstract class BatchSource
{
    /// <summary>Examples in a batch.</summary>
    public abstract int Size { get; }

    /// <summary>Examples in all.</summary>
    public abstract int Count { get; }

    /// <summary>Batches in an epoch.</summary>
    public abstract int PerEpoch { get; }

    /// <summary>Examples in an epoch's last batch.</summary>
    public abstract int LastSize { get; }

    /// <summary>Of all that is random in them, and in a training on them.</summary>
    public abstract long Seed { get; }

    /// <summary>What is done to the batches of an epoch.</summary>
    public virtual Augmentation? Augmentation => null;

    /// <summary>The batches of an epoch, counted from 0.</summary>
    public abstract IEnumerable<Batch> Epoch(int epoch, int skip);

    /// <summary>All examples as they are, for measuring.</summary>
    public abstract IEnumerable<Batch> InOrder(int? size);

    /// <summary>Two examples to try a network with; its tensors belong to the scope at hand.</summary>
    public abstract Batch Trial();

    /// <summary>All values that can be looked at beforehand, under names for messages.</summary>
    public abstract IReadOnlyList<(string Name, Tensor Values)> Values { get; }

    /// <summary>How they are divided, in words.</summary>
    public abstract string Settings { get; }
}
