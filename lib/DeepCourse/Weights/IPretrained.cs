namespace DeepCourse.Weights;

/// <summary>A network for which weights are published.</summary>
/// <typeparam name="T">The class that lists them.</typeparam>
public interface IPretrained<T> where T : IPretrained<T>
{
    /// <summary>The weights that there are, the oldest first.</summary>
    static abstract IReadOnlyList<PretrainedWeights<T>> All { get; }
}
