using System.Collections.Concurrent;
using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>
/// Batches of examples that lie in tensors. Examples are gathered (and augmented) many batches at a time; a batch is a contiguous
/// slice of that, without a copy. Images are laid out with the channels last, which libtorch's convolutions, pooling and batch
/// norm pass on from layer to layer and compute faster with; shapes stay N×C×H×W.
/// </summary>
internal sealed class TensorBatches : BatchSource
{
    private const int BlockBytes = 8 << 20, Bucket = 50;

    private readonly IReadOnlyList<Tensor> _inputs;
    private readonly Tensor _targets;
    private readonly long[]? _lengths;
    private readonly bool _isPerStep;
    private readonly Lazy<bool> _mayIgnore;

    public TensorBatches(IReadOnlyList<Tensor> inputs, Tensor targets, Tensor? lengths, bool? perStep, int size)
    {
        if (inputs.Count == 0) throw new ArgumentException("There are no inputs: give one tensor or more.", nameof(inputs));
        if (inputs.Any(i => i.ndim == 0) || targets.ndim == 0)
            throw new ArgumentException(
                "Inputs and targets are N×…: one row for each example; one of these has no dimension at all.", nameof(inputs));
        foreach (var input in inputs)
            if (input.shape[0] != targets.shape[0])
                throw new ArgumentException(
                    $"There are {input.shape[0]:N0} inputs ({Shape(input)}) and {targets.shape[0]:N0} targets "
                        + $"({Shape(targets)}): "
                        + "the first dimension of both must be the number of examples.", nameof(targets));
        Count = (int)targets.shape[0];
        if (Count == 0)
            throw new ArgumentException("The set is empty: there is nothing to learn from. Look at how it was cut or filtered.",
                nameof(inputs));
        if (size < 1) throw new ArgumentException($"A batch has at least 1 example; {size} was asked for.", nameof(size));
        if (size > Count)
            throw new ArgumentException(
                $"A batch of {size:N0} is larger than the set, which has {Count:N0} examples: size: {Count} makes one "
                    + "batch of all.",
                nameof(size));
        (_inputs, _targets, Size) = (inputs, targets, size);
        _mayIgnore = new Lazy<bool>(() =>
        {
            using var scope = NewDisposeScope();
            // What comes in from outside a map of labels that is turned or moved is not counted, either.
            return targets.dtype == ScalarType.Int64
                && (Augments is not null && targets.ndim > 1 || targets.min().item<long>() < 0);
        });
        if (lengths is null) return;
        _lengths = LengthsOf(lengths, inputs[0]);
        _isPerStep = inputs.Count == 1 && IsPerStep(inputs[0], targets, perStep);
    }

    private static bool IsPerStep(Tensor inputs, Tensor targets, bool? perStep)
    {
        var canBe = Batch.ArePerStep(inputs, targets);
        if (perStep == true && !canBe)
            throw new ArgumentException(
                $"A target for each step is N×T…, as the inputs {Shape(inputs)}; these targets are {Shape(targets)}.",
                nameof(perStep));
        if (canBe && perStep is null && targets.ndim == 2 && targets.dtype != ScalarType.Int64)
            throw new ArgumentException(
                $"The sequences {Shape(inputs)} have as many steps as there are targets for each, {Shape(targets)}: say "
                    + "whether there is one for each step, perStep: true, or not, perStep: false.", nameof(perStep));
        return perStep ?? canBe;
    }

    public bool Shuffle { get; init; }

    public bool DropLast { get; init; }

    public bool Balanced { get; init; }

    public bool ByLength { get; init; }

    public bool Prefetch { get; init; }

    public Augmentation? Augments { get; init; }

    public long SeedOf { get; init; }

    public override long Seed => SeedOf;

    public override Augmentation? Augmentation => Augments;

    public override int Size { get; }

    public override int Count { get; }

    public override int PerEpoch => DropLast ? Count / Size : (Count + Size - 1) / Size;

    public override int LastSize => DropLast || Count % Size == 0 ? Size : Count % Size;

    public override IReadOnlyList<(string Name, Tensor Values)> Values =>
        [.. _inputs.Select((t, i) => (i == 0 ? "inputs" : $"inputs[{i}]", t)), ("targets", _targets)];

    public override string Settings => $"{string.Join(" and ", _inputs.Select(Shape))} in batches of {Size}, seed {Seed}"
        + (Shuffle ? "" : ", in order") + (DropLast ? ", last dropped" : "") + (Balanced ? ", balanced" : "")
        + (_lengths is null ? "" : ", with lengths") + (ByLength ? ", by length" : "")
        + (Augmentation is null ? "" : $", {Augmentation}");

    public override IEnumerable<Batch> Epoch(int epoch, int skip)
    {
        var order = Order(epoch);
        var perBlock = PerBlock;
        var first = skip / perBlock;
        var blocks = Enumerable.Range(first, Math.Max(0, (PerEpoch + perBlock - 1) / perBlock - first));
        return Slices(Prefetch ? Ahead(blocks, b => Block(order, epoch, b)) : blocks.Select(b => Block(order, epoch, b)),
            skip - first * perBlock);
    }

    public override IEnumerable<Batch> InOrder(int? size)
    {
        for (var at = 0; at < Count; at += size ?? Size)
        {
            using var batch = Owned(() => Part(at, Math.Min(size ?? Size, Count - at)));
            yield return batch;
        }

        Batch Part(int from, int count)
        {
            var part = Whole.Narrow(from, count);
            return Trimmed(part with { Inputs = ChannelsLast(part.Inputs) });
        }
    }

    public override Batch Trial() => Trimmed(Whole.Narrow(0, Math.Min(2, Count)));

    private Batch Whole => new(_inputs[0], _targets)
    {
        MoreInputs = [.. _inputs.Skip(1)],
        Lengths = _lengths is null ? null : tensor(_lengths),
        MayIgnore = _mayIgnore.Value,
        IsKnownPerStep = _isPerStep,
    };

    private int PerBlock
    {
        get
        {
            var bytes = _inputs.Sum(i => i.numel() / Count * i.ElementSize);
            return (int)Math.Clamp(BlockBytes / Math.Max(1, bytes * Size), 1, 64);
        }
    }

    /// <summary>Sequences are cut to the longest one of the batch.</summary>
    private static Batch Trimmed(Batch batch)
    {
        if (batch.Lengths is null || batch.MoreInputs.Count > 0) return batch;
        var (steps, longest) = (batch.Inputs.shape[1], batch.Lengths.max().item<long>());
        if (longest == steps) return batch;
        return batch with
        {
            Inputs = batch.Inputs.narrow(1, 0, longest),
            Targets = batch.IsPerStep ? batch.Targets.narrow(1, 0, longest) : batch.Targets,
        };
    }

    private IEnumerable<Batch> Slices(IEnumerable<Batch> blocks, int skip)
    {
        foreach (var block in blocks)
        {
            try
            {
                for (var at = skip * Size; at < block.Count; at += Size)
                {
                    using var slice = Owned(() => Trimmed(block.Narrow(at, Math.Min(Size, block.Count - at))));
                    yield return slice;
                }
            }
            finally
            {
                block.Dispose();
            }
            skip = 0;
        }
    }

    /// <summary>A batch that belongs to no scope. No scope may be open where a batch is given away: what its user makes meanwhile
    /// is the user's.</summary>
    private static Batch Owned(Func<Batch> make)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return make().Detached();
    }

    private Batch Block(long[] order, int epoch, int block) => Owned(() =>
    {
        var some = order[(block * PerBlock * Size)..Math.Min(order.Length, (block + 1) * PerBlock * Size)];
        var which = tensor(some);
        var (inputs, targets) = (Pick(_inputs[0]), Pick(_targets));
        if (Augmentation is not null)
        {
            using var generator = new Generator((ulong)Seeds.Mix(Seed, epoch, block + 1));
            (inputs, targets) = Augmentation.Apply(inputs, targets, generator, Size);
        }
        return new Batch(ChannelsLast(inputs), targets)
        {
            MoreInputs = [.. _inputs.Skip(1).Select(Pick)],
            Lengths = _lengths is null ? null : tensor(some.Select(i => _lengths[i]).ToArray()),
            MayIgnore = _mayIgnore.Value,
            IsKnownPerStep = _isPerStep,
        };

        Tensor Pick(Tensor all) => all.index_select(0, which.to(all.device));
    });

    /// <summary>The next block is made on a thread of its own while this one is used.</summary>
    private static IEnumerable<Batch> Ahead(IEnumerable<int> blocks, Func<int, Batch> make)
    {
        using var ready = new BlockingCollection<Batch>(1);
        using var stop = new CancellationTokenSource();
        var maker = Task.Run(() =>
        {
            try
            {
                foreach (var block in blocks)
                {
                    var made = make(block);
                    try
                    {
                        ready.Add(made, stop.Token);
                    }
                    catch (OperationCanceledException)
                    {
                        made.Dispose();
                        return;
                    }
                }
            }
            finally
            {
                ready.CompleteAdding();
            }
        });
        try
        {
            foreach (var block in ready.GetConsumingEnumerable()) yield return block;
            maker.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            ((IAsyncResult)maker).AsyncWaitHandle.WaitOne();
            while (ready.TryTake(out var left)) left.Dispose();
        }
    }

    /// <summary>The same images with their channels last in memory; other tensors as they are.</summary>
    private static Tensor ChannelsLast(Tensor inputs)
    {
        if (inputs.ndim != 4 || !inputs.is_floating_point()) return inputs;
        // With one channel both layouts are the same memory; only the strides tell libtorch which one is meant.
        if (inputs.shape[1] == 1 && inputs.is_contiguous())
            return inputs.as_strided(inputs.shape, [inputs.shape[2] * inputs.shape[3], 1, inputs.shape[3], 1],
                inputs.storage_offset());
        return inputs.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
    }

    private long[] Order(int epoch)
    {
        var random = new Random((int)Seeds.Mix(Seed, epoch, 0));
        long[] order = Balanced ? BalancedOrder(random) : [.. Enumerable.Range(0, Count).Select(i => (long)i)];
        if (Shuffle) random.Shuffle(order);
        if (ByLength) order = InBuckets(order, random);
        return DropLast ? order[..(PerEpoch * Size)] : order;
    }

    /// <summary>Sequences of like lengths together: the order is sorted piece by piece, and then batches change places. Without
    /// shuffling all are sorted, the longest first.</summary>
    private long[] InBuckets(long[] order, Random random)
    {
        if (!Shuffle) return [.. order.OrderByDescending(i => _lengths![i])];
        var batches = order.Chunk(Size * Bucket).SelectMany(c => c.OrderBy(i => _lengths![i]).Chunk(Size)).ToArray();
        // A last batch that is smaller stays the last one.
        random.Shuffle(batches.AsSpan(0, batches.Length - (Count % Size == 0 ? 0 : 1)));
        return [.. batches.SelectMany(b => b)];
    }

    private long[] BalancedOrder(Random random)
    {
        using var cpu = _targets.cpu();
        List<long[]> classes = [.. cpu.data<long>().ToArray().Select((label, i) => (label, i))
            .Where(e => e.label != -100) // not counted
            .GroupBy(e => e.label, e => (long)e.i)
            .OrderBy(g => g.Key)
            .Select(g => g.ToArray())];
        if (classes.Count == 0) throw new ArgumentException("All labels are −100, so that there are no classes to balance.");
        var order = new long[Count];
        var left = classes.Select(_ => new Queue<long>()).ToList();
        for (var i = 0; i < Count; i++)
        {
            var some = left[i % classes.Count];
            if (some.Count == 0)
            {
                random.Shuffle(classes[i % classes.Count]);
                foreach (var example in classes[i % classes.Count]) some.Enqueue(example);
            }
            order[i] = some.Dequeue();
        }
        return order;
    }

    private static long[] LengthsOf(Tensor lengths, Tensor inputs)
    {
        if (inputs.ndim == 2 && inputs.is_floating_point())
            throw new ArgumentException(
                $"Lengths are those of input sequences, words N×T (int64) or values N×T×D; these inputs are {Shape(inputs)}. "
                    + "Of one value a step: inputs.unsqueeze(2). Where the targets are the sequences, fill them with −100, "
                    + "which is not counted.", nameof(lengths));
        if (lengths.ndim != 1 || lengths.dtype != ScalarType.Int64 || lengths.shape[0] != inputs.shape[0] || inputs.ndim < 2)
            throw new ArgumentException(
                $"Lengths are N numbers, int64, for inputs N×T×…; these are {Shape(lengths)} {lengths.dtype} "
                    + $"for {Shape(inputs)}.",
                nameof(lengths));
        using var cpu = lengths.cpu();
        var values = cpu.data<long>().ToArray();
        if (Array.FindIndex(values, v => v < 1 || v > inputs.shape[1]) is >= 0 and var wrong)
            throw new ArgumentException(
                $"Example {wrong} has a length of {values[wrong]}; sequences of {Shape(inputs)} have 1 "
                    + $"to {inputs.shape[1]} steps. "
                    + "Leave empty ones out.", nameof(lengths));
        return values;
    }

    private static string Shape(Tensor tensor) => string.Join('×', tensor.shape);
}
