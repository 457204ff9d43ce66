using DeepCourse.Native;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>Batches that somebody else makes.</summary>
internal sealed class GivenBatches : BatchSource
{
    private readonly IEnumerable<Batch> _batches;
    private readonly string _first = "";

    public GivenBatches(IEnumerable<Batch> batches, int? perEpoch, long seed)
    {
        (_batches, Seed) = (batches, seed);
        using var random = SeededRandom.Begin(seed);
        // A batch lives only until its iterator goes on.
        foreach (var batch in batches)
        {
            (Size, _first) = (batch.Count, Checksum.Of([.. batch.MoreInputs, batch.Inputs, batch.Targets]));
            break;
        }
        PerEpoch = perEpoch ?? (batches.TryGetNonEnumeratedCount(out var count) ? count : batches.Count());
        if (PerEpoch < 1 || Size < 1)
            throw new ArgumentException("There are no batches, or an empty one: there is nothing to learn from.",
                nameof(batches));
    }

    public override int Size { get; }

    public override int Count => PerEpoch * Size;

    public override int PerEpoch { get; }

    public override int LastSize => Size;

    public override long Seed { get; }

    public override IReadOnlyList<(string Name, Tensor Values)> Values => [];

    public override string Settings => $"{PerEpoch} batches of its own, the first {_first}, seed {Seed}";

    /// <summary>What is random in making them is a matter of the epoch as well.</summary>
    public override IEnumerable<Batch> Epoch(int epoch, int skip)
    {
        using var batches = _batches.GetEnumerator();
        for (var step = 0; step < PerEpoch; step++)
        {
            bool isThere;
            using (SeededRandom.Begin(Seeds.Mix(~Seed, epoch, step))) isThere = batches.MoveNext();
            if (!isThere)
                throw new InvalidOperationException(
                    $"There were to be {PerEpoch} batches in an epoch, and one has {step}. Give the right number to "
                        + "Batches.From, and batches that can be gone through again and again.");
            if (step >= skip) yield return batches.Current;
        }
    }

    public override IEnumerable<Batch> InOrder(int? size) => Epoch(-1, 0);

    public override Batch Trial()
    {
        using var random = SeededRandom.Begin(Seed);
        foreach (var first in _batches) return first.Narrow(0, Math.Min(2, first.Count)).Copy();
        throw new InvalidOperationException("There are no batches the second time. They must be there in every epoch.");
    }
}
