using TorchSharp;

namespace DeepCourse.Training;

/// <summary>Writes what is measured for TensorBoard: <c>tensorboard --logdir FOLDER</c> shows it.</summary>
/// <param name="folder">Where; each training makes a file of its own there.</param>
public sealed class TensorBoardLog(string folder) : Callback
{
    private TorchSharp.Modules.SummaryWriter? _writer;
    private int _steps;

    /// <inheritdoc/>
    public override string Name => "";

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer)
    {
        OutputFiles.CheckFolder(Path.GetFullPath(folder));
        _writer = torch.utils.tensorboard.SummaryWriter(folder, createRunName: false);
        _steps = trainer.History.StepLosses.Count;
    }

    /// <inheritdoc/>
    public override void AfterEpoch(Trainer trainer)
    {
        for (; _steps < trainer.History.StepLosses.Count; _steps++)
            _writer!.add_scalar("step/training loss", trainer.History.StepLosses[_steps], _steps);
        foreach (var (name, value) in trainer.History.Last.Values) _writer!.add_scalar($"epoch/{name}", (float)value,
            trainer.Epoch);
    }
}
