namespace DeepCourse.Training;

/// <summary>
/// What happens beside the loop: everything that is not fetch, forward, backward, step. Override what is needed; each method is
/// given the <see cref="Trainer"/>, which knows where it is and can be told to stop.
/// </summary>
public abstract class Callback
{
    /// <summary>What it is called where a training is saved: a resumed one must have callbacks of the same names. It tells what
    /// changes its effect, such as <c>GradientClipping(1)</c>; it is empty for a callback that only looks on, which may come and
    /// go.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>Before the first step, or before the first one after a resumption.</summary>
    public virtual void OnStart(Trainer trainer)
    {
    }

    /// <summary>Before a step: the place to set its learning rate.</summary>
    public virtual void BeforeStep(Trainer trainer)
    {
    }

    /// <summary>Gradients are there, and not yet used: the place to change them.</summary>
    public virtual void AfterBackward(Trainer trainer)
    {
    }

    /// <summary>After a step.</summary>
    public virtual void AfterStep(Trainer trainer)
    {
    }

    /// <summary>After an epoch and its validation; what was measured is <see cref="History.Last"/>.</summary>
    public virtual void AfterEpoch(Trainer trainer)
    {
    }

    /// <summary>At the end, however it came: also after an exception or an interrupt.</summary>
    public virtual void OnEnd(Trainer trainer)
    {
    }

    /// <summary>Tensors that a resumed training needs, by name; <see cref="Checkpoint"/> saves them. They stay this
    /// object's.</summary>
    public virtual IEnumerable<(string Name, TorchSharp.torch.Tensor Tensor)> State => [];

    /// <summary>
    /// Takes back what <see cref="State"/> gave, before <see cref="OnStart"/>. What follows from the measurements need not be
    /// saved: the trainer's history is there already.
    /// </summary>
    /// <param name="trainer">The trainer, its history filled.</param>
    /// <param name="state">The tensors, which live only during the call.</param>
    public virtual void OnResume(Trainer trainer, IReadOnlyDictionary<string, TorchSharp.torch.Tensor> state)
    {
    }
}
