using System.Diagnostics;
using DeepCourse.Data;
using DeepCourse.Models;
using DeepCourse.Native;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// The training loop: fetch, forward, backward, step. Everything else is a <see cref="Callback"/>. A callback
/// is given this object, which knows where the training is.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly int _accumulate;
    private Sums _sums;
    private double _before;
    private Stopwatch _clock = new();

    private Trainer(TrainingSetup setup, int epochs, int accumulate, CallbackList callbacks)
    {
        (Setup, Epochs, _accumulate, Callbacks) = (setup, epochs, accumulate, callbacks);
        Freezing.Remember(setup.Model);
        _sums = new Sums(setup.Metrics);
    }

    /// <summary>
    /// Trains a network, and returns what was measured. Progress and curves are shown while it goes on, in
    /// notebooks and terminals. At the end the network is in evaluation mode. It is computed where the
    /// network is.
    /// </summary>
    /// <param name="model">The network: any module. It stays the caller's.</param>
    /// <param name="train">What to learn from.</param>
    /// <param name="validation">What to measure after each epoch, never learned from.</param>
    /// <param name="epochs">How often every example is seen.</param>
    /// <param name="optimizer">Changes the weights: <c>optim.SGD(model.parameters(), 0.05)</c>; Adam with a
    /// learning rate of 0.001 when left out. It stays the caller's.</param>
    /// <param name="loss">Of outputs and targets, a mean over the batch; the cross-entropy, for labels, when
    /// left out. Of sequences with lengths it is given the steps that count: outputs M×… and M
    /// targets.</param>
    /// <param name="metrics">What is measured besides the loss; the accuracy, for labels, when left
    /// out.</param>
    /// <param name="callbacks">What else happens, in this order. Detecting a divergence is added where there
    /// is none of it, and what shows progress where <paramref name="progress"/> is.</param>
    /// <param name="forward">How an output is computed from a batch, where that is more than calling the
    /// network with its inputs: <c>batch => model.call(batch.Inputs, batch.Lengths)</c>.</param>
    /// <param name="accumulate">In how many parts a batch goes through the network: a large batch in little
    /// memory. Their gradients are added up before the step, which is that of the whole batch.</param>
    /// <param name="progress">Whether progress is shown.</param>
    /// <param name="cancellation">Ends the training after the step at hand; so does a notebook's stop button.
    /// The history so far is returned, and the network can be used.</param>
    /// <returns>What was measured, and why it ended.</returns>
    /// <exception cref="ArgumentException">Data, network, loss and optimizer do not fit together; the message
    /// says what to change. Nothing was trained.</exception>
    /// <exception cref="TrainingDivergedException">The loss is no number any more.</exception>
    public static History Fit(
        nn.Module model,
        Batches train,
        Batches? validation = null,
        int epochs = 10,
        optim.Optimizer? optimizer = null,
        Func<Tensor, Tensor, Tensor>? loss = null,
        IReadOnlyList<Metric>? metrics = null,
        IReadOnlyList<Callback>? callbacks = null,
        Func<Batch, Tensor>? forward = null,
        int accumulate = 1,
        bool progress = true,
        CancellationToken cancellation = default)
    {
        using var made = optimizer is null ? TrainingSetup.DefaultOptimizer(model) : null;
        var setup = TrainingSetup.Of(model, train, validation, optimizer ?? made!, loss, metrics, forward);
        Checks.Before(setup, epochs, accumulate);
        using var trainer = new Trainer(setup, epochs, accumulate,
            CallbackList.Of(callbacks ?? [], progress));
        using var interrupt = Interrupts.Listen(cancellation);
        trainer.Run(interrupt.Token);
        return trainer.History;
    }

    private void RunEpoch(CancellationToken cancellation)
    {
        _clock = Stopwatch.StartNew();
        if (Epoch == History.Epochs.Count) (Epoch, StepInEpoch) = (Epoch + 1, 0); // else it is gone on with
        Checks.BeforeEpoch(Setup);
        Freezing.Train(Model);
        foreach (var batch in Batches.Epoch(Epoch, skip: StepInEpoch))
        {
            if (cancellation.IsCancellationRequested) End(StopReason.Interrupted, Interrupted);
            if (IsStopping) return;
            // What is random in a step is a matter of the step alone.
            using var random = SeededRandom.Begin(Seeds.Mix(Batches.Seed, Epoch - 1, StepInEpoch));
            TakeStep(batch);
            StepInEpoch++;
            Examples += batch.Count;
            Callbacks.AfterStep(this);
        }
        if (IsStopping && StepInEpoch < Batches.PerEpoch) return;

        var validation = Validation is null ? [] : Setup.Measure(Validation, "validation", cancellation);
        List<(string, double)> values = [.. SoFar(), .. validation,
            (Measured.LearningRate, LearningRate), (Measured.Seconds, SecondsInEpoch)];
        History.Add(new EpochResult(Epoch, values.ToDictionary()), _sums.Losses);
        _sums.Dispose();
        (_sums, _before) = (new Sums(Setup.Metrics), 0);
        Callbacks.AfterEpoch(this);
    }

    private void TakeStep(Batch batch)
    {
        using var scope = NewDisposeScope();
        batch = batch.To(Setup.Device);
        Callbacks.BeforeStep(this);

        Optimizer.zero_grad();
        foreach (var part in batch.Parts(_accumulate))
        {
            var answers = Answers.Of(Setup.Forward(part), part);
            var loss = Setup.LossOf(answers);
            (_accumulate == 1 ? loss : loss * Setup.ShareOf(answers, batch)).backward();
            _sums.Add(loss, answers, Setup.WeightOf(answers));
        }
        Callbacks.AfterBackward(this);
        Optimizer.step();
        _sums.EndStep();
    }

    private void Run(CancellationToken cancellation)
    {
        try
        {
            foreach (var checkpoint in Callbacks.All.OfType<Checkpoint>()) checkpoint.Load(this);
            Callbacks.OnStart(this);
            while (History.Epochs.Count < Epochs && !IsStopping) RunEpoch(cancellation);
            if (!IsStopping) End(StopReason.Finished, $"All {Epochs} epochs are done.");
        }
        catch (OperationCanceledException) when (cancellation.WaitHandle.WaitOne(50))
        {
            // A notebook's engine lets the code of cells, such as a callback's or a loss's, look at the token
            // that this one is linked to, and it may see it a moment earlier.
            End(StopReason.Interrupted, Interrupted);
        }
        catch (System.Runtime.InteropServices.ExternalException e)
        {
            // A batch that is unlike those that were looked at beforehand.
            var message = $"Step {StepInEpoch + 1} of epoch {Epoch} "
                + $"failed: {e.Message.Split('\n')[0].TrimEnd('.')}. "
                + "Look at this batch's inputs and targets.";
            IsStopping = false;
            End(StopReason.Failed, message);
            throw new InvalidOperationException(message, e);
        }
        catch (Exception e)
        {
            IsStopping = false; // it may have been about to end for another reason
            End(e is TrainingDivergedException ? StopReason.Diverged : StopReason.Failed, e.Message);
            throw;
        }
        finally
        {
            Model.eval();
            Callbacks.OnEnd(this, cancellation);
        }
    }

    /// <summary>What a network says of new examples, in evaluation mode: N×…, a new tensor on the CPU; the
    /// caller disposes it.</summary>
    /// <param name="model">The network: any module. It is left in the modes that it was in.</param>
    /// <param name="inputs">N×…. They stay the caller's.</param>
    /// <param name="lengths">N (int64): of sequences, how many steps each one has. What stands behind them in
    /// the outputs, where there is one for each step, is 0.</param>
    /// <param name="size">How many examples are asked at once.</param>
    /// <param name="forward">As for <see cref="Fit"/>.</param>
    /// <exception cref="ArgumentException">The network can't take such inputs.</exception>
    public static Tensor Predict(
        nn.Module model,
        Tensor inputs,
        Tensor? lengths = null,
        int size = 64,
        Func<Batch, Tensor>? forward = null) => Prediction.Of(model, [inputs], lengths, size, forward);

    /// <summary>The same of a network that takes several inputs.</summary>
    /// <inheritdoc cref="Predict(nn.Module, Tensor, Tensor, int, Func{Batch, Tensor})"/>
    public static Tensor Predict(
        nn.Module model,
        IReadOnlyList<Tensor> inputs,
        Tensor? lengths = null,
        int size = 64,
        Func<Batch, Tensor>? forward = null) => Prediction.Of(model, inputs, lengths, size, forward);

    /// <summary>The network.</summary>
    public nn.Module Model => Setup.Model;

    /// <summary>What it learns from.</summary>
    public Batches Batches => Setup.Train;

    /// <summary>What it is measured on; null for nothing.</summary>
    public Batches? Validation => Setup.Validation;

    /// <summary>What changes the weights.</summary>
    public optim.Optimizer Optimizer => Setup.Optimizer;

    /// <summary>How many epochs there are to be.</summary>
    public int Epochs { get; }

    /// <summary>The epoch at hand, from 1 on; 0 before the first one.</summary>
    public int Epoch { get; private set; }

    /// <summary>How many steps of the epoch at hand are done.</summary>
    public int StepInEpoch { get; private set; }

    /// <summary>How many steps are done.</summary>
    public int Step => Math.Max(0, Epoch - 1) * Batches.PerEpoch + StepInEpoch;

    /// <summary>How many steps there are to be.</summary>
    public int Steps => Epochs * Batches.PerEpoch;

    /// <summary>What was measured so far.</summary>
    public History History { get; } = new();

    /// <summary>What an epoch's measurements are called: the columns of the <see cref="History"/>.</summary>
    public IReadOnlyList<string> Columns => Setup.Columns;

    /// <summary>
    /// The learning rate: the highest one, where groups of parameters have rates of their own. Setting it
    /// keeps the ratios that they had at first.
    /// </summary>
    public double LearningRate
    {
        get => Optimizer.ParamGroups.Max(g => g.LearningRate);
        set
        {
            var highest = Optimizer.ParamGroups.Max(g => g.InitialLearningRate);
            foreach (var group in Optimizer.ParamGroups)
                group.LearningRate = highest > 0 ? value * (group.InitialLearningRate / highest) : value;
        }
    }

    /// <summary>Losses of the steps of the epoch at hand, as far as they were read back: some steps at a
    /// time.</summary>
    public IReadOnlyList<float> StepLosses => _sums.Losses;

    /// <summary>The mean loss and the metrics over the steps of the epoch at hand.</summary>
    public IReadOnlyList<(string Name, double Value)> SoFar() => _sums.Means("training");

    /// <summary>Whether the training ends after this step.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Ends the training after this step.</summary>
    /// <param name="message">Why, in a sentence.</param>
    public void Stop(string message) => End(StopReason.Stopped, message);

    internal TrainingSetup Setup { get; }

    /// <summary>In how many parts a batch goes through the network.</summary>
    internal int Parts => _accumulate;

    internal CallbackList Callbacks { get; }

    /// <summary>How long the epoch at hand has taken so far.</summary>
    internal double SecondsInEpoch => _before + _clock.Elapsed.TotalSeconds;

    /// <summary>How many examples were learned from, since this process has been at it.</summary>
    internal long Examples { get; private set; }

    /// <summary>The sums of the epoch at hand, for a checkpoint in its middle.</summary>
    internal Tensor SaveSums() => _sums.Save();

    /// <summary>Goes on where another training was: call it before the first step.</summary>
    internal void Resume(
        int epoch,
        int stepInEpoch,
        double before,
        IEnumerable<EpochResult> epochs,
        IEnumerable<float> stepLosses,
        Tensor sums)
    {
        (Epoch, StepInEpoch, _before) = (epoch, stepInEpoch, before);
        foreach (var done in epochs) History.Add(done, []);
        History.AddSteps(stepLosses);
        if (History.Epochs.Count < epoch) _sums.Resume(sums);
    }

    void IDisposable.Dispose() => _sums.Dispose();

    private string Interrupted =>
        $"Interrupted in epoch {Epoch}, after {StepInEpoch} of its {Batches.PerEpoch} steps.";

    private void End(StopReason reason, string message)
    {
        if (IsStopping) return;
        IsStopping = true;
        (History.Reason, History.Message) = (reason, message);
    }
}
