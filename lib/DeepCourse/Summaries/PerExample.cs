namespace DeepCourse.Summaries;

/// <summary>What one example needs, from passes of two sizes of batch that differ by one.</summary>
internal static class PerExample
{
    /// <summary>The calls of one example, with shapes without the batch.</summary>
    /// <param name="first">The calls of some examples.</param>
    /// <param name="examples">How many these were.</param>
    /// <param name="second">The calls of another number of examples; null where they were not seen.</param>
    /// <param name="others">How many these were.</param>
    public static Trace.Call Of(Trace.Call first, long examples, Trace.Call? second, long others) => new(first.Module)
    {
        Inputs = Shapes(first.Inputs, examples, second?.Inputs, others),
        Outputs = first.Outputs is { } outputs ? Shapes(outputs, examples, second?.Outputs, others) : null,
        MultiplyAdds = Amount(first.MultiplyAdds, examples, second?.MultiplyAdds, others),
        Children = [.. Pairs(first.Children, second?.Children ?? []).Select(p => Of(p.First, examples, p.Second, others))],
    };

    /// <summary>Whether the same modules were called in the same order.</summary>
    public static bool AreAlike(Trace.Call first, Trace.Call second) =>
        ReferenceEquals(first.Module, second.Module) && first.Children.Count == second.Children.Count
        && first.Children.Zip(second.Children).All(p => AreAlike(p.First, p.Second));

    /// <summary>Each call with the same one of the other pass, where there is one: a network that treats examples one by one
    /// calls more often with more of them.</summary>
    private static IEnumerable<(Trace.Call First, Trace.Call? Second)> Pairs(List<Trace.Call> first, List<Trace.Call> second)
    {
        var next = 0;
        foreach (var call in first)
        {
            var at = second.FindIndex(next, c => ReferenceEquals(c.Module, call.Module));
            yield return (call, at < 0 ? null : second[at]);
            if (at >= 0) next = at + 1;
        }
    }

    /// <summary>An amount that grows evenly with the batch, for a batch of one.</summary>
    private static long Amount(long first, long examples, long? second, long others) =>
        examples == 1 ? first
        : second is { } s ? Math.Max(0, first - (examples - 1) * (s - first) / (others - examples))
        : first / examples;

    private static IReadOnlyList<Trace.TensorShape> Shapes(
        IReadOnlyList<Trace.TensorShape> first,
        long examples,
        IReadOnlyList<Trace.TensorShape>? second,
        long others)
    {
        var pairs = first.Select((t, i) => (First: t, Second: second?.Count == first.Count ? second[i] : null));
        return [.. pairs.Select(p => new Trace.TensorShape(Shape(p.First.Shape, examples, p.Second?.Shape, others), p.First.Type,
            Amount(p.First.Bytes, examples, p.Second?.Bytes, others)))];
    }

    private static long[] Shape(long[] first, long examples, long[]? second, long others)
    {
        // With one more dimension, the batch of one was dropped before: all that is there is of the example.
        if (second is not null && second.Length == first.Length + 1) return first;
        if (second is null || second.Length != first.Length) return first is [var n, .. var rest] && n == examples ? rest : first;
        var isDropped = false;
        var shape = new List<long>();
        for (var i = 0; i < first.Length; i++)
        {
            if (!isDropped && first[i] == examples && second[i] == others) isDropped = true;
            else shape.Add(Amount(first[i], examples, second[i], others));
        }
        return [.. shape];
    }
}
