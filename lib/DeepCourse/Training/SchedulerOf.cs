using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// One of TorchSharp's schedulers, stepped after every epoch (or step): <c>new SchedulerOf(o => optim.lr_scheduler.StepLR(o,
/// 10))</c>. They have no state to save; a resumed training makes a new one and has it repeat its steps.
/// </summary>
/// <param name="make">Makes it for the optimizer.</param>
/// <param name="everyStep">Whether it moves after every step, rather than after every epoch.</param>
/// <param name="monitor">What it looks at, for those that do, such as ReduceLROnPlateau.</param>
public sealed class SchedulerOf(
    Func<optim.Optimizer, optim.lr_scheduler.LRScheduler> make,
    bool everyStep = false,
    string? monitor = null) : Callback
{
    private optim.lr_scheduler.LRScheduler? _scheduler;

    /// <inheritdoc/>
    public override string Name => $"{base.Name}({(everyStep ? "steps" : "epochs")}, {monitor})";

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer)
    {
        if (monitor is not null && !trainer.Columns.Contains(monitor))
            throw new ArgumentException(
                $"The scheduler looks at “{monitor}”, which is not measured. These are: {string.Join(", ", trainer.Columns)}.");
        foreach (var group in trainer.Optimizer.ParamGroups) group.LearningRate = group.InitialLearningRate;
        _scheduler = make(trainer.Optimizer);
        if (everyStep) for (var step = 0; step < trainer.Step; step++) Move(null);
        else foreach (var epoch in trainer.History.Epochs) Move(epoch);
    }

    /// <inheritdoc/>
    public override void AfterStep(Trainer trainer)
    {
        if (everyStep) Move(null);
    }

    /// <inheritdoc/>
    public override void AfterEpoch(Trainer trainer)
    {
        if (!everyStep) Move(trainer.History.Last);
    }

    private void Move(EpochResult? epoch)
    {
        if (monitor is null || epoch is null) _scheduler!.step();
        else _scheduler!.step(epoch[monitor]);
    }
}
