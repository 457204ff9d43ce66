namespace DeepCourse.Training;

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All epochs are done.</summary>
    Finished,

    /// <summary>A callback asked for it, such as <see cref="EarlyStopping"/>.</summary>
    Stopped,

    /// <summary>A person or a token asked for it.</summary>
    Interrupted,

    /// <summary>The loss was no number any more, or far too large.</summary>
    Diverged,

    /// <summary>An exception ended it.</summary>
    Failed,
}
