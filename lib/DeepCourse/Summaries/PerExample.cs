namespace DeepCourse.Summaries;

/// <summary>What one example needs, from passes of two sizes of batch that differ by one.</summary>
internal static class PerExample
{
    /// <summary>The calls of one example, with shapes without the batch.</summary>
    /// <param name="first">The calls of some examples.</param>
    /// <param name="second">Those of one more; null where they were not seen.</param>
    /// <param name="examples">How many the first has.</param>
    public static Trace.Call Of(Trace.Call first, Trace.Call? second, long examples) => new(first.Module)
    {
        Inputs = Shapes(first.Inputs, second?.Inputs, examples),
        Outputs = first.Outputs is { } outputs ? Shapes(outputs, second?.Outputs, examples) : null,
        MultiplyAdds = Amount(first.MultiplyAdds, second?.MultiplyAdds, examples),
        Children = [.. Pairs(first.Children, second?.Children ?? []).Select(p => Of(p.First, p.Second, examples))],
    };

    /// <summary>Each call with the same one of the other pass, where there is one: a network that treats examples one by one calls
    /// more often with more of them.</summary>
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
    private static long Amount(long first, long? second, long examples) =>
        second is { } s ? Math.Max(0, first - (examples - 1) * (s - first)) : first / examples;

    private static IReadOnlyList<Trace.TensorShape> Shapes(
        IReadOnlyList<Trace.TensorShape> first,
        IReadOnlyList<Trace.TensorShape>? second,
        long examples) =>
        [.. first.Select((t, i) => new Trace.TensorShape(
            Shape(t.Shape, second?.Count == first.Count ? second[i].Shape : null, examples), t.Type,
            Amount(t.Bytes, second?.Count == first.Count ? second[i].Bytes : null, examples)))];

    private static long[] Shape(long[] first, long[]? second, long examples)
    {
        // With one more dimension, the batch of one was dropped before: all that is there is of the example.
        if (second is not null && second.Length == first.Length + 1) return first;
        if (second is null || second.Length != first.Length) return first is [var n, .. var rest] && n == examples ? rest : first;
        var isDropped = false;
        var shape = new List<long>();
        for (var i = 0; i < first.Length; i++)
        {
            if (!isDropped && first[i] == examples && second[i] == examples + 1) isDropped = true;
            else shape.Add(Amount(first[i], second[i], examples));
        }
        return [.. shape];
    }
}
