namespace DeepCourse.Notebooks.Engine;

/// <summary>The stop button ends what runs. It may be seen a moment before <see cref="Interruption.Token"/> is
/// cancelled.</summary>
internal sealed class StoppedException() : OperationCanceledException(Interruption.Token)
{
    /// <summary>Whether an exception says no more than that somebody pressed stop.</summary>
    public static bool Is(Exception e) =>
        e is StoppedException or ThreadInterruptedException
            || (e is OperationCanceledException && Interruption.Token.IsCancellationRequested);
}
