using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>Sequences of unequal length as one tensor.</summary>
public static class Sequences
{
    /// <summary>
    /// Fills sequences up to the longest one: <c>var (words, lengths) = Sequences.Pad(sentences)</c>. Two new tensors; the caller
    /// disposes them.
    /// </summary>
    /// <param name="sequences">N of them, each T×…, of one type and alike in all but T. They stay the caller's.</param>
    /// <param name="value">What is filled in: 0 for inputs; −100 for labels, which says that they are not counted.</param>
    /// <returns>N×T×…, and N lengths (int64).</returns>
    /// <exception cref="ArgumentException">None, an empty one, or of different types or shapes.</exception>
    public static (Tensor Padded, Tensor Lengths) Pad(IReadOnlyList<Tensor> sequences, double value = 0)
    {
        if (sequences.Count == 0) throw new ArgumentException("There are no sequences.", nameof(sequences));
        var first = sequences[0];
        for (var i = 0; i < sequences.Count; i++)
        {
            var s = sequences[i];
            if (s.ndim == 0 || s.shape[0] == 0)
                throw new ArgumentException($"Sequence {i} has no steps. Leave empty ones out.", nameof(sequences));
            if (s.dtype != first.dtype || !s.shape.Skip(1).SequenceEqual(first.shape.Skip(1)))
                throw new ArgumentException(
                    $"Sequence {i} is {string.Join('×', s.shape)} {s.dtype}, and the first one {string.Join('×', first.shape)} "
                        + $"{first.dtype}: all must be alike in all but their length.", nameof(sequences));
        }
        using var scope = NewDisposeScope();
        var padded = nn.utils.rnn.pad_sequence(sequences, batch_first: true, padding_value: value);
        return (padded.MoveToOuterDisposeScope(), tensor(sequences.Select(s => s.shape[0]).ToArray()).MoveToOuterDisposeScope());
    }
}
