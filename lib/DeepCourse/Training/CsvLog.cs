using DeepCourse.Native;

namespace DeepCourse.Training;

/// <summary>Writes what is measured to a file of comma-separated values, anew after every epoch, whole or not at all.</summary>
/// <param name="path">The file; an old one is replaced after the first epoch.</param>
public sealed class CsvLog(string path) : Callback
{
    /// <inheritdoc/>
    public override string Name => "";

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer) => OutputFiles.Check(path);

    /// <inheritdoc/>
    public override void AfterEpoch(Trainer trainer)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.Write(path, System.Text.Encoding.UTF8.GetBytes(trainer.History.ToCsv()));
    }
}
