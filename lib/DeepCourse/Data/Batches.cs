using System.Collections.Concurrent;
using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>
/// Examples in mini-batches: <c>foreach (var batch in new Batches(images, labels, 64).Epoch(0)) …</c>. In every epoch another
/// order; which one, and which augmentation, is a matter of the seed and the epoch's number alone, so that a training can be
/// resumed at any step.
/// </summary>
/// <remarks>
/// Examples are gathered (and augmented) many batches at a time; a batch is a contiguous slice of that, without a copy. Images
/// are laid out with the channels last, which libtorch's convolutions, pooling and batch norm pass on from layer to layer and
/// compute faster with; shapes stay N×C×H×W.
/// </remarks>
public sealed class Batches
{
    private const int BlockBytes = 8 << 20;

    private readonly bool _shuffle, _dropLast, _balanced, _prefetch;
    private readonly long _seed;

    /// <summary>Divides examples into batches. The tensors stay the caller's, and must live as long as this is used.</summary>
    /// <param name="inputs">N×…, floating point.</param>
    /// <param name="targets">N labels (int64), or N×… values.</param>
    /// <param name="size">Examples in a batch.</param>
    /// <param name="shuffle">Whether every epoch has an order of its own.</param>
    /// <param name="seed">Of the orders and the augmentation.</param>
    /// <param name="augmentation">What is done to every batch of an epoch; not to <see cref="InOrder"/>.</param>
    /// <param name="dropLast">Whether a last batch that is smaller than the others is left out.</param>
    /// <param name="balanced">Whether all classes come equally often: examples of rare ones are repeated, some of frequent ones
    /// left out. Needs labels.</param>
    /// <param name="prefetch">Whether another thread prepares the next batches meanwhile; by default where there is augmentation
    /// to be done and a third processor to do it.</param>
    /// <exception cref="ArgumentException">Nothing to learn from, another number of targets than inputs, or a batch larger than
    /// the set.</exception>
    public Batches(
        Tensor inputs,
        Tensor targets,
        int size = 64,
        bool shuffle = true,
        long seed = 1,
        Augmentation? augmentation = null,
        bool dropLast = false,
        bool balanced = false,
        bool? prefetch = null)
    {
        if (inputs.ndim == 0 || targets.ndim == 0)
            throw new ArgumentException(
                "Inputs and targets are N×…: one row for each example; one of these has no dimension at all.", nameof(inputs));
        if (inputs.shape[0] != targets.shape[0])
            throw new ArgumentException(
                $"There are {inputs.shape[0]:N0} inputs ({Shape(inputs)}) and {targets.shape[0]:N0} targets ({Shape(targets)}): "
                    + "the first dimension of both must be the number of examples.", nameof(targets));
        Count = (int)inputs.shape[0];
        if (Count == 0)
            throw new ArgumentException("The set is empty: there is nothing to learn from. Look at how it was cut or filtered.",
                nameof(inputs));
        if (Count == 1)
            throw new ArgumentException(
                "The set has one example: there are no batches to make of it, and nothing general to learn. To learn one by "
                    + "heart on purpose, repeat it: inputs.expand(64, …), targets.expand(64).", nameof(inputs));
        if (size < 1) throw new ArgumentException($"A batch has at least 1 example; {size} was asked for.", nameof(size));
        if (size > Count)
            throw new ArgumentException(
                $"A batch of {size:N0} is larger than the set, which has {Count:N0} examples: size: {Count} makes one "
                    + "batch of all.", nameof(size));
        if (balanced && (targets.ndim != 1 || targets.dtype != ScalarType.Int64))
            throw new ArgumentException(
                $"To balance classes, the targets must be N labels, int64; these are {Shape(targets)} {targets.dtype}.",
                nameof(balanced));
        (Inputs, Targets, Size, Augmentation) = (inputs, targets, size, augmentation);
        (_shuffle, _seed, _dropLast, _balanced) = (shuffle, seed, dropLast, balanced);
        _prefetch = prefetch ?? (augmentation is not null && Environment.ProcessorCount > 2);
    }

    /// <summary>N×…: all inputs.</summary>
    public Tensor Inputs { get; }

    /// <summary>N×…: all targets.</summary>
    public Tensor Targets { get; }

    /// <summary>Examples in a batch; the last one may have fewer.</summary>
    public int Size { get; }

    /// <summary>Examples in all.</summary>
    public int Count { get; }

    /// <summary>What is done to every batch of an epoch.</summary>
    public Augmentation? Augmentation { get; }

    /// <summary>Batches in an epoch: steps, in training.</summary>
    public int PerEpoch => _dropLast ? Count / Size : (Count + Size - 1) / Size;

    /// <summary>Examples in an epoch's last batch.</summary>
    public int LastSize => _dropLast || Count % Size == 0 ? Size : Count % Size;

    /// <summary>What has to be the same for a training to be resumed.</summary>
    internal string Fingerprint =>
        $"{Shape(Inputs)} in batches of {Size}, "
            + $"seed {_seed}{(_shuffle ? "" : ", in order")}{(_dropLast ? ", last dropped" : "")}"
            + $"{(_balanced ? ", balanced" : "")}{(Augmentation is null ? "" : $", {Augmentation}")}";

    /// <summary>The batches of an epoch, in its own order.</summary>
    /// <param name="epoch">Its number, from 0 on.</param>
    /// <param name="from">How many batches to pass over: those that a training has seen before it was interrupted.</param>
    public IEnumerable<Batch> Epoch(int epoch, int from = 0)
    {
        var order = Order(epoch);
        var perBlock = PerBlock;
        var firstBlock = from / perBlock;
        var blocks = Enumerable.Range(firstBlock, Math.Max(0, (PerEpoch + perBlock - 1) / perBlock - firstBlock));
        return Slices(_prefetch ? Ahead(blocks, b => Block(order, epoch, b)) : blocks.Select(b => Block(order, epoch, b)),
            from - firstBlock * perBlock);
    }

    /// <summary>All examples as they are, for measuring: in their order, without augmentation, none left out.</summary>
    /// <param name="size">Examples in a batch.</param>
    public IEnumerable<Batch> InOrder(int size = 500)
    {
        for (var at = 0; at < Count; at += size)
        {
            var count = Math.Min(size, Count - at);
            using var inputs = ChannelsLast(Inputs.narrow(0, at, count), owned: true);
            using var targets = Targets.narrow(0, at, count);
            yield return new Batch(inputs, targets);
        }
    }

    private int PerBlock => (int)Math.Clamp(BlockBytes / Math.Max(1, Inputs.numel() / Count * Inputs.ElementSize * Size), 1, 64);

    private static IEnumerable<Batch> Slices(IEnumerable<(Batch Block, int Size)> blocks, int skip)
    {
        foreach (var (block, size) in blocks)
        {
            try
            {
                for (var at = skip * size; at < block.Count; at += size)
                {
                    var count = Math.Min(size, block.Count - at);
                    using var inputs = block.Inputs.narrow(0, at, count);
                    using var targets = block.Targets.narrow(0, at, count);
                    yield return new Batch(inputs, targets);
                }
            }
            finally
            {
                block.Inputs.Dispose();
                block.Targets.Dispose();
            }
            skip = 0;
        }
    }

    private (Batch Block, int Size) Block(long[] order, int epoch, int block)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (from, to) = (block * PerBlock * Size, Math.Min(order.Length, (block + 1) * PerBlock * Size));
        var some = tensor(order[from..to]);
        var (inputs, targets) = (Inputs.index_select(0, some.to(Inputs.device)),
            Targets.index_select(0, some.to(Targets.device)));
        if (Augmentation is not null)
        {
            using var generator = new Generator((ulong)Seeds.Mix(_seed, epoch, block + 1));
            (inputs, targets) = Augmentation.Apply(inputs, targets, generator, Size);
        }
        return (new Batch(ChannelsLast(inputs).DetachFromDisposeScope(), targets.DetachFromDisposeScope()), Size);
    }

    /// <summary>The next block is made on a thread of its own while this one is used.</summary>
    private static IEnumerable<(Batch Block, int Size)> Ahead(IEnumerable<int> blocks, Func<int, (Batch Block, int Size)> make)
    {
        using var ready = new BlockingCollection<(Batch Block, int Size)>(1);
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
                        made.Block.Inputs.Dispose();
                        made.Block.Targets.Dispose();
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
            while (ready.TryTake(out var left))
            {
                left.Block.Inputs.Dispose();
                left.Block.Targets.Dispose();
            }
        }
    }

    /// <summary>The same images with their channels last in memory; other tensors as they are.</summary>
    private static Tensor ChannelsLast(Tensor inputs, bool owned = false)
    {
        if (inputs.ndim != 4 || !inputs.is_floating_point()) return inputs;
        Tensor last;
        if (inputs.shape[1] == 1 && inputs.is_contiguous())
        {
            // With one channel both layouts are the same memory; only the strides tell libtorch which one is meant.
            last = inputs.as_strided(inputs.shape, [inputs.shape[2] * inputs.shape[3], 1, inputs.shape[3], 1],
                inputs.storage_offset());
        }
        else
        {
            using var permuted = inputs.permute(0, 2, 3, 1);
            using var contiguous = permuted.contiguous();
            last = contiguous.permute(0, 3, 1, 2);
        }
        if (owned) inputs.Dispose();
        return last;
    }

    private long[] Order(int epoch)
    {
        var random = new Random((int)Seeds.Mix(_seed, epoch, 0));
        long[] order;
        if (_balanced) order = Balanced(random);
        else order = [.. Enumerable.Range(0, Count).Select(i => (long)i)];
        if (_shuffle) random.Shuffle(order);
        return _dropLast ? order[..(PerEpoch * Size)] : order;
    }

    private long[] Balanced(Random random)
    {
        using var cpu = Targets.cpu();
        List<long[]> classes = [
            .. cpu.data<long>()
                .ToArray()
                .Select((label, i) => (label, i))
                .GroupBy(e => e.label, e => (long)e.i)
                .OrderBy(g => g.Key)
                .Select(g => g.ToArray())];
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

    private static string Shape(Tensor tensor) => string.Join('×', tensor.shape);
}
