using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>
/// Examples in mini-batches: <c>foreach (var batch in new Batches(images, labels, 64).Epoch(1)) …</c>. In every epoch another
/// order; which one, and which augmentation, is a matter of the seed and the epoch's number alone, so that a training can be
/// resumed at any step.
/// </summary>
public sealed class Batches
{
    private readonly BatchSource _source;
    private string? _fingerprint;

    private Batches(BatchSource source) => _source = source;

    /// <summary>Divides examples into batches. The tensors stay the caller's, and must live as long as this is used.</summary>
    /// <param name="inputs">N×…: images N×C×H×W, numbers N×D, words by number N×T (int64).</param>
    /// <param name="targets">N labels (int64), N×T labels (one for each step of a sequence; −100 is not counted), or N×…
    /// values.</param>
    /// <param name="size">Examples in a batch.</param>
    /// <param name="shuffle">Whether every epoch has an order of its own.</param>
    /// <param name="seed">Of the orders, of the augmentation, and of what is random in a training on them.</param>
    /// <param name="augmentation">What is done to every batch of an epoch; not to <see cref="InOrder"/>.</param>
    /// <param name="dropLast">Whether a last batch that is smaller than the others is left out.</param>
    /// <param name="balanced">Whether all classes come equally often: examples of rare ones are repeated, some of frequent ones
    /// left out. Needs labels.</param>
    /// <param name="lengths">N (int64): of sequences N×T×…, how many steps each one has; the others are padding, and neither the
    /// loss nor the metrics count them, where there is a target for each step. <see cref="Sequences.Pad"/> makes both. A batch is
    /// cut to its longest sequence. Of several inputs they are the first one's, nothing is cut, and −100 says what is padding in
    /// the targets.</param>
    /// <param name="byLength">Whether sequences of like length come together, which saves computing on padding: in buckets that
    /// change from epoch to epoch, or, without <paramref name="shuffle"/>, the longest first.</param>
    /// <param name="perStep">Of sequences with lengths, whether there is a target for each step. Told from the shapes when left
    /// out: labels N×T (int64) and values N×T×… are; it must be said of values N×T.</param>
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
        Tensor? lengths = null,
        bool byLength = false,
        bool? perStep = null,
        bool? prefetch = null)
        : this([inputs], targets, size, shuffle, seed, augmentation, dropLast, balanced, lengths, byLength, perStep, prefetch)
    {
    }

    /// <summary>The same for a network that takes several inputs, each N×….</summary>
    /// <inheritdoc cref="Batches(Tensor, Tensor, int, bool, long, Augmentation, bool, bool, Tensor, bool, bool?, bool?)"/>
    public Batches(
        IReadOnlyList<Tensor> inputs,
        Tensor targets,
        int size = 64,
        bool shuffle = true,
        long seed = 1,
        Augmentation? augmentation = null,
        bool dropLast = false,
        bool balanced = false,
        Tensor? lengths = null,
        bool byLength = false,
        bool? perStep = null,
        bool? prefetch = null)
    {
        if (balanced && (targets.ndim != 1 || targets.dtype != ScalarType.Int64))
        {
            var given = $"{string.Join('×', targets.shape)} {targets.dtype}";
            throw new ArgumentException($"To balance classes, the targets must be N labels, int64; these are {given}.",
                nameof(balanced));
        }
        if (byLength && lengths is null)
            throw new ArgumentException("To put sequences of like length together, their lengths must be known: lengths: ….",
                nameof(byLength));
        if (byLength && balanced)
            throw new ArgumentException("Batches are balanced or by length, not both: each needs an order of its own.",
                nameof(byLength));
        _source = new TensorBatches(inputs, targets, lengths, perStep, size)
        {
            Shuffle = shuffle,
            SeedOf = seed,
            Augments = augmentation,
            DropLast = dropLast,
            Balanced = balanced,
            ByLength = byLength,
            Prefetch = prefetch ?? (augmentation is not null && Environment.ProcessorCount > 2),
        };
    }

    /// <summary>
    /// A long text as batches for a language model: it is cut into <paramref name="size"/> pieces that are read side by side,
    /// <paramref name="steps"/> tokens at a time, so that every batch goes on where the one before ended
    /// (<see cref="Batch.Continues"/>). Targets are the tokens that come next.
    /// </summary>
    /// <param name="tokens">L numbers (int64). They stay the caller's.</param>
    /// <param name="size">How many pieces are read at once: N.</param>
    /// <param name="steps">How many tokens of each: T.</param>
    /// <param name="seed">Of what is random in a training on them.</param>
    /// <exception cref="ArgumentException">Other tokens, or fewer than two for each piece.</exception>
    public static Batches OfText(Tensor tokens, int size = 32, int steps = 64, long seed = 1) =>
        new(new TextBatches(tokens, size, steps, seed));

    /// <summary>Batches that the caller makes, such as by reading them from somewhere.</summary>
    /// <param name="batches">Gone through once in each epoch, in the order that they come in. Whoever makes a batch disposes it,
    /// such as an iterator after its <c>yield return</c>.</param>
    /// <param name="perEpoch">How many there are; left out, a collection is asked, and anything else gone through once.</param>
    /// <param name="seed">Of what is random in a training on them.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static Batches From(IEnumerable<Batch> batches, int? perEpoch = null, long seed = 1) =>
        new(new GivenBatches(batches, perEpoch, seed));

    /// <summary>Examples in a batch; the last one may have fewer.</summary>
    public int Size => _source.Size;

    /// <summary>Examples in all.</summary>
    public int Count => _source.Count;

    /// <summary>What is done to every batch of an epoch.</summary>
    public Augmentation? Augmentation => _source.Augmentation;

    /// <summary>Batches in an epoch: steps, in training.</summary>
    public int PerEpoch => _source.PerEpoch;

    /// <summary>Examples in an epoch's last batch.</summary>
    public int LastSize => _source.LastSize;

    /// <summary>Of all that is random in them, and in a training on them.</summary>
    public long Seed => _source.Seed;

    /// <summary>The batches of an epoch, in its own order.</summary>
    /// <param name="epoch">Its number, from 1 on.</param>
    /// <param name="skip">How many batches to pass over: those that a training has seen before it was interrupted.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such epoch.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int skip = 0) => epoch >= 1
        ? _source.Epoch(epoch - 1, skip)
        : throw new ArgumentOutOfRangeException(nameof(epoch), epoch, "Epochs are counted from 1 on.");

    /// <summary>All examples as they are, for measuring: in their order, without augmentation, none left out.</summary>
    /// <param name="size">Examples in a batch; as many as in training when left out.</param>
    public IEnumerable<Batch> InOrder(int? size = null) => _source.InOrder(size);

    /// <summary>Two examples to try a network with; its tensors belong to the scope at hand.</summary>
    internal Batch Trial() => _source.Trial() with { IsTrial = true };

    /// <summary>All values that can be looked at beforehand, under names for messages.</summary>
    internal IReadOnlyList<(string Name, Tensor Values)> Values => _source.Values;

    /// <summary>What has to be the same for a training to be resumed: the values themselves, and how they are divided.</summary>
    internal string Fingerprint =>
        _fingerprint ??= $"{_source.Settings}, values {Checksum.Of([.. Values.Select(v => v.Values)])}";
}
