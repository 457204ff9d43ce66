namespace DeepCourse.Training;

/// <summary>A training as it is now, to be shown.</summary>
/// <param name="Trainer">Where it is.</param>
/// <param name="Speed">Examples in a second.</param>
/// <param name="Elapsed">Since it began, or went on.</param>
/// <param name="IsLive">Whether it still goes on.</param>
internal sealed record TrainingState(Trainer Trainer, double Speed, TimeSpan Elapsed, bool IsLive);
