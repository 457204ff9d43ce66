using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>A long text, read in several places side by side, each batch where the one before ended.</summary>
internal sealed class TextBatches : BatchSource
{
    private readonly Tensor _tokens;
    private readonly int _steps;
    private readonly long _each;

    public TextBatches(Tensor tokens, int size, int steps, long seed)
    {
        if (tokens.ndim != 1 || tokens.dtype != ScalarType.Int64)
            throw new ArgumentException(
                $"A text is a list of token numbers, int64; this is {string.Join('×', tokens.shape)} {tokens.dtype}.",
                nameof(tokens));
        if (size < 1) throw new ArgumentException($"At least 1 piece is read at once; {size} were asked for.", nameof(size));
        if (steps < 1) throw new ArgumentException($"At least 1 token is read at once; {steps} were asked for.", nameof(steps));
        _each = (tokens.shape[0] - 1) / size;
        if (_each < 1)
            throw new ArgumentException(
                $"A text of {tokens.shape[0]:N0} tokens can't be cut into {size} pieces of at least two tokens: take "
                    + "fewer pieces.",
                nameof(size));
        (_tokens, Size, _steps, Seed) = (tokens, size, steps, seed);
    }

    public override int Size { get; }

    public override int Count => Size;

    public override int PerEpoch => (int)((_each + _steps - 1) / _steps);

    public override int LastSize => Size;

    public override long Seed { get; }

    public override IReadOnlyList<(string Name, Tensor Values)> Values => [("inputs", _tokens)];

    public override string Settings => $"a text of {_tokens.shape[0]} tokens in {Size} pieces, {_steps} at a time, seed {Seed}";

    public override IEnumerable<Batch> Epoch(int epoch, int skip)
    {
        for (var step = skip; step < PerEpoch; step++)
        {
            using var batch = At(step);
            yield return batch;
        }
    }

    public override IEnumerable<Batch> InOrder(int? size) => Epoch(0, 0);

    public override Batch Trial() => At(0).Narrow(0, Math.Min(2, Size));

    private Batch At(int step)
    {
        using var scope = NewDisposeScope();
        var (from, count) = ((long)step * _steps, Math.Min(_steps, _each - (long)step * _steps));
        return new Batch(Read(0), Read(1)) { Continues = step > 0, MayIgnore = false }.Detached();

        Tensor Read(int later) => _tokens.narrow(0, later, Size * _each).view(Size, _each).narrow(1, from, count);
    }
}
