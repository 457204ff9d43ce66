using DeepCourse.Models;

namespace DeepCourse.Training;

/// <summary>Lets a part of the network learn from an epoch on: first the new head, then more of the body (Howard and Ruder
/// 2018).</summary>
/// <param name="fromEpoch">The first epoch, from 1 on, in which it learns.</param>
/// <param name="names">As for <see cref="Freezing.Unfreeze"/>.</param>
public sealed class Unfreezing(int fromEpoch, params string[] names) : Callback
{
    private readonly int _fromEpoch = fromEpoch >= 1
        ? fromEpoch
        : throw new ArgumentOutOfRangeException(nameof(fromEpoch), fromEpoch, "Epochs are counted from 1 on.");

    /// <inheritdoc/>
    public override string Name => $"{base.Name}({_fromEpoch}, {string.Join(", ", names)})";

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer)
    {
        if (_fromEpoch > trainer.Epochs)
            throw new ArgumentException(
                $"Something is to be unfrozen in epoch {_fromEpoch}, and there are {trainer.Epochs}: ask for more epochs, or "
                    + "an earlier one.");
        _ = trainer.Model.ParametersOf(names); // a name that is none is told before the first step
        if (trainer.History.Epochs.Count + 1 >= _fromEpoch) trainer.Model.Unfreeze(names);
    }

    /// <inheritdoc/>
    public override void AfterEpoch(Trainer trainer)
    {
        if (trainer.Epoch + 1 == _fromEpoch) trainer.Model.Unfreeze(names);
    }
}
