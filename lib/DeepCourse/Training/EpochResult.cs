namespace DeepCourse.Training;

/// <summary>What was measured in an epoch.</summary>
/// <param name="Number">The epoch, from 1 on.</param>
/// <param name="Values">By name, such as <see cref="Measured.ValidationLoss"/>, in the order of measuring.</param>
public sealed record EpochResult(int Number, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>One of the values.</summary>
    /// <exception cref="ArgumentException">It was not measured; the message says what was.</exception>
    public double this[string name] => Values.TryGetValue(name, out var value) ? value
        : throw new ArgumentException($"“{name}” was not measured; these were: {string.Join(", ", Values.Keys)}.", nameof(name));
}
