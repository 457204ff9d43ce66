using System.Runtime.ExceptionServices;
using DeepCourse.Data;
using DeepCourse.Native;

namespace DeepCourse.Training;

/// <summary>The callbacks of a training, which have their turns one after the other. What is random in them is none of the
/// caller's random numbers.</summary>
internal sealed class CallbackList
{
    private CallbackList(IReadOnlyList<Callback> all) => All = all;

    /// <summary>All of them, in their order.</summary>
    public IReadOnlyList<Callback> All { get; }

    /// <summary>The caller's, and those that are always there. What is saved is saved when all others have had their
    /// turn.</summary>
    public static CallbackList Of(IEnumerable<Callback> callbacks, bool progress)
    {
        if (!callbacks.OfType<DivergenceDetection>().Any()) callbacks = callbacks.Prepend(new DivergenceDetection());
        if (progress && TrainingProgress.IsSeen && !callbacks.OfType<TrainingProgress>().Any())
            callbacks = callbacks.Append(new TrainingProgress());
        return new CallbackList([.. callbacks.OrderBy(c => c is Checkpoint)]);
    }

    public void OnStart(Trainer trainer)
    {
        using var random = Random(trainer, -1);
        foreach (var callback in All) callback.OnStart(trainer);
    }

    /// <summary>Within a step, whose random numbers they share.</summary>
    public void BeforeStep(Trainer trainer)
    {
        foreach (var callback in All) callback.BeforeStep(trainer);
    }

    /// <inheritdoc cref="BeforeStep"/>
    public void AfterBackward(Trainer trainer)
    {
        foreach (var callback in All) callback.AfterBackward(trainer);
    }

    /// <inheritdoc cref="BeforeStep"/>
    public void AfterStep(Trainer trainer)
    {
        foreach (var callback in All) callback.AfterStep(trainer);
    }

    public void AfterEpoch(Trainer trainer)
    {
        using var random = Random(trainer, -2);
        foreach (var callback in All) callback.AfterEpoch(trainer);
    }

    /// <summary>The end comes to all, also when it throws for one. The first exception is the caller's, unless the training
    /// itself has failed: then that one is.</summary>
    public void OnEnd(Trainer trainer, CancellationToken cancellation)
    {
        using var random = Random(trainer, -3);
        Exception? first = null;
        foreach (var callback in All)
        {
            try
            {
                callback.OnEnd(trainer);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
            }
            catch (Exception e)
            {
                first ??= e;
            }
        }
        var hasFailed = trainer.History.Reason is StopReason.Failed or StopReason.Diverged;
        if (first is not null && !hasFailed) ExceptionDispatchInfo.Throw(first);
    }

    private static SeededRandom Random(Trainer trainer, int moment) =>
        SeededRandom.Begin(Seeds.Mix(trainer.Batches.Seed, trainer.Epoch, moment));
}
