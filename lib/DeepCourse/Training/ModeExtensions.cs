namespace DeepCourse.Training;

/// <summary>What a <see cref="Mode"/> means for a name.</summary>
internal static class ModeExtensions
{
    /// <exception cref="ArgumentException">It can't be told from the name.</exception>
    public static bool IsMax(this Mode mode, string name) => mode switch
    {
        Mode.Max => true,
        Mode.Min => false,
        _ when name.EndsWith("accuracy", StringComparison.Ordinal) => true,
        _ when name.EndsWith("loss", StringComparison.Ordinal) || name.EndsWith("error", StringComparison.Ordinal) => false,
        _ =>
            throw new ArgumentException(
                $"Whether more or less of “{name}” is better can't be told from its name: give mode: Mode.Min or Mode.Max."),
    };
}
