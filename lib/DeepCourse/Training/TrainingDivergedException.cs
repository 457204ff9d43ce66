namespace DeepCourse.Training;

/// <summary>A training whose loss is no number any more, or far too large. The message says where and what to try.</summary>
public sealed class TrainingDivergedException(string message, History history) : Exception(message)
{
    /// <summary>What was measured before.</summary>
    public History History { get; } = history;
}
