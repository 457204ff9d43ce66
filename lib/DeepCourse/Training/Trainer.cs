using System.Diagnostics;
using DeepCourse.Data;
using DeepCourse.Display;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// The training loop: fetch, forward, backward, step. Everything else is a <see cref="Callback"/>. A callback is given this
/// object, which knows where the training is.
/// </summary>
public sealed class Trainer : IDisposable
{
    private readonly IReadOnlyList<Callback> _callbacks;
    private readonly IReadOnlyList<Metric> _metrics;
    private readonly long _seed;
    private Sums _sums;
    private double _before;
    private Stopwatch _clock = new();

    private Trainer(
        nn.Module<Tensor, Tensor> model,
        Batches train,
        Batches? validation,
        int epochs,
        optim.Optimizer optimizer,
        Func<Tensor, Tensor, Tensor> loss,
        IReadOnlyList<Metric> metrics,
        IReadOnlyList<Callback> callbacks,
        Device device,
        long seed,
        string name)
    {
        (Model, Batches, Validation, Epochs, Optimizer, Loss, Device, _metrics, _callbacks, _seed) = (model, train, validation,
            epochs, optimizer, loss, device, metrics, callbacks, seed);
        History = new History { Name = name };
        _sums = new Sums(metrics);
    }

    /// <summary>
    /// Trains a network, and returns what was measured. Progress and curves are shown while it goes on, in notebooks and
    /// terminals. At the end the network is in evaluation mode.
    /// </summary>
    /// <param name="model">The network. It stays the caller's.</param>
    /// <param name="train">What to learn from.</param>
    /// <param name="validation">What to measure after each epoch, never learned from.</param>
    /// <param name="epochs">How often every example is seen.</param>
    /// <param name="optimizer">Makes the optimizer for the parameters that may change, such as <c>p => optim.SGD(p, 0.05,
    /// momentum: 0.9)</c>; Adam with a learning rate of 0.001 when left out. It is disposed at the end.</param>
    /// <param name="loss">Of outputs and targets, a mean over the batch; the cross-entropy, for labels, when left out.</param>
    /// <param name="metrics">What is measured besides the loss; the accuracy, for labels, when left out.</param>
    /// <param name="callbacks">What else happens, in this order. Detecting a divergence is added where there is none of it, and
    /// what shows progress where <paramref name="progress"/> is.</param>
    /// <param name="device">Where to compute; where the network is when left out. <see cref="Devices.Fastest"/> takes a graphics
    /// processor if there is one.</param>
    /// <param name="seed">Of what is random in the network, such as dropout, step by step.</param>
    /// <param name="progress">Whether progress is shown.</param>
    /// <param name="name">The training's name, for comparisons.</param>
    /// <param name="cancellation">Ends the training after the step at hand; so does a notebook's stop button. The history so far
    /// is returned, and the network can be used.</param>
    /// <returns>What was measured, and why it ended.</returns>
    /// <exception cref="ArgumentException">Data, network and loss do not fit together; the message says what to change. Nothing
    /// was trained.</exception>
    /// <exception cref="TrainingDivergedException">The loss is no number any more.</exception>
    public static History Fit(nn.Module<Tensor, Tensor> model, Batches train, Batches? validation = null, int epochs = 10,
        Func<IEnumerable<Parameter>, optim.Optimizer>? optimizer = null,
        Func<Tensor, Tensor, Tensor>? loss = null,
        IReadOnlyList<Metric>? metrics = null,
        IReadOnlyList<Callback>? callbacks = null,
        Device? device = null, long seed = 1, bool progress = true, string name = "", CancellationToken cancellation = default)
    {
        Checks.Before(model, train, validation, epochs, loss, device);
        if (device is not null) model.to(device);
        var parameters = model.parameters().Where(p => p.requires_grad).ToList();
        using var made = optimizer is null ? optim.Adam(parameters) : optimizer(parameters);
        IEnumerable<Callback> all = callbacks ?? [];
        if (!all.OfType<DivergenceDetection>().Any()) all = all.Prepend(new DivergenceDetection());
        if (progress && TrainingProgress.IsSeen && !all.OfType<TrainingProgress>().Any())
            all = all.Append(new TrainingProgress());
        // A checkpoint is written when all others have had their turn.
        using var trainer = new Trainer(model, train, validation, epochs, made,
            loss ?? ((outputs, targets) => nn.functional.cross_entropy(outputs, targets)),
            metrics ?? (loss is null ? [Metric.Accuracy] : []), [.. all.OrderBy(c => c is Checkpoint)],
            device ?? Devices.Of(model), seed, name);
        using var interrupt = Interrupts.Listen(cancellation);
        trainer.Run(interrupt.Token);
        return trainer.History;
    }

    /// <summary>The network.</summary>
    public nn.Module<Tensor, Tensor> Model { get; }

    /// <summary>What it learns from.</summary>
    public Batches Batches { get; }

    /// <summary>What it is measured on; null for nothing.</summary>
    public Batches? Validation { get; }

    /// <summary>What changes the weights.</summary>
    public optim.Optimizer Optimizer { get; }

    /// <summary>Of outputs and targets.</summary>
    public Func<Tensor, Tensor, Tensor> Loss { get; }

    /// <summary>Where it is computed.</summary>
    public Device Device { get; }

    /// <summary>How many epochs there are to be.</summary>
    public int Epochs { get; }

    /// <summary>How many epochs are done.</summary>
    public int Epoch { get; private set; }

    /// <summary>How many steps of the epoch at hand are done.</summary>
    public int StepInEpoch { get; private set; }

    /// <summary>How many steps are done.</summary>
    public int Step => Epoch * Batches.PerEpoch + StepInEpoch;

    /// <summary>How many steps there are to be.</summary>
    public int Steps => Epochs * Batches.PerEpoch;

    /// <summary>What was measured so far.</summary>
    public History History { get; }

    /// <summary>The learning rate of all groups of parameters; of the first one when read.</summary>
    public double LearningRate
    {
        get => Optimizer.ParamGroups.First().LearningRate;
        set
        {
            foreach (var group in Optimizer.ParamGroups) group.LearningRate = value;
        }
    }

    /// <summary>Losses of the steps of the epoch at hand, as far as they were read back: some steps at a time.</summary>
    public IReadOnlyList<float> StepLosses => _sums.Losses;

    /// <summary>The mean loss and the metrics over the steps of the epoch at hand.</summary>
    public IReadOnlyList<(string Name, double Value)> SoFar() => _sums.Means("training");

    /// <summary>How long the epoch at hand has taken so far.</summary>
    internal double SecondsInEpoch => _before + _clock.Elapsed.TotalSeconds;

    /// <summary>Whether the training ends after this step.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Ends the training after this step.</summary>
    /// <param name="message">Why, in a sentence.</param>
    public void Stop(string message) => End(StopReason.Stopped, message);

    private void Run(CancellationToken cancellation)
    {
        try
        {
            foreach (var checkpoint in _callbacks.OfType<Checkpoint>()) checkpoint.Load(this);
            Each(c => c.OnStart(this));
            while (Epoch < Epochs && !IsStopping) RunEpoch(cancellation);
            if (!IsStopping) End(StopReason.Finished, $"All {Epochs} epochs are done.");
        }
        catch (OperationCanceledException) when (cancellation.WaitHandle.WaitOne(50))
        {
            // A notebook's engine lets the code of cells, such as a callback's or a loss's, look at the token that this one is
            // linked to, and it may see it a moment earlier.
            End(StopReason.Interrupted, Interrupted);
        }
        catch (Exception e)
        {
            End(e is TrainingDivergedException ? StopReason.Diverged : StopReason.Failed, e.Message);
            throw;
        }
        finally
        {
            Model.eval();
            Each(c =>
            {
                try
                {
                    c.OnEnd(this);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                }
            });
        }
    }

    private void RunEpoch(CancellationToken cancellation)
    {
        _clock = Stopwatch.StartNew();
        Model.train();
        foreach (var batch in Batches.Epoch(Epoch, from: StepInEpoch))
        {
            if (cancellation.IsCancellationRequested) End(StopReason.Interrupted, Interrupted);
            if (IsStopping) return;
            TakeStep(batch);
            StepInEpoch++;
            Each(c => c.AfterStep(this));
        }

        List<(string, double)> values = [.. _sums.Means("training"), .. Validate(), (Measured.LearningRate, LearningRate),
            (Measured.Seconds, SecondsInEpoch)];
        History.Add(new Epoch(Epoch + 1, values.ToDictionary()), _sums.Losses);
        _sums.Dispose();
        (_sums, Epoch, StepInEpoch, _before) = (new Sums(_metrics), Epoch + 1, 0, 0);
        Each(c => c.AfterEpoch(this));
    }

    private void TakeStep(Batch batch)
    {
        using var scope = NewDisposeScope();
        // what is random in a step is a matter of the step alone
        using var generator = random.manual_seed(Seeds.Mix(_seed, Epoch, StepInEpoch));
        var (inputs, targets) = (batch.Inputs.to(Device), batch.Targets.to(Device));
        Each(c => c.BeforeStep(this));

        var outputs = Model.call(inputs);
        var loss = Loss(outputs, targets);
        Optimizer.zero_grad();
        loss.backward();
        Each(c => c.AfterBackward(this));
        Optimizer.step();

        _sums.Add(loss, outputs, targets);
    }

    private IEnumerable<(string Name, double Value)> Validate() =>
        Validation is null ? [] : Measure(Model, Validation, Loss, _metrics, Device);

    /// <summary>The mean loss and the metrics of a network over examples, in evaluation mode.</summary>
    internal static IReadOnlyList<(string Name, double Value)> Measure(
        nn.Module<Tensor, Tensor> model,
        Batches examples,
        Func<Tensor, Tensor, Tensor> loss,
        IReadOnlyList<Metric> metrics,
        Device device)
    {
        using var sums = new Sums(metrics);
        using var noGrad = no_grad();
        model.eval();
        foreach (var batch in examples.InOrder())
        {
            using var scope = NewDisposeScope();
            var (outputs, targets) = (model.call(batch.Inputs.to(device)), batch.Targets.to(device));
            sums.Add(loss(outputs, targets), outputs, targets);
        }
        return sums.Means("validation");
    }

    /// <summary>The sums of the epoch at hand, for a checkpoint in its middle.</summary>
    internal Tensor SaveSums() => _sums.Save();

    /// <summary>Goes on where another training was: call it before the first step.</summary>
    internal void Resume(
        int epoch,
        int stepInEpoch,
        double before,
        IEnumerable<Epoch> epochs,
        IEnumerable<float> stepLosses,
        Tensor sums)
    {
        (Epoch, StepInEpoch, _before) = (epoch, stepInEpoch, before);
        foreach (var done in epochs) History.Add(done, []);
        History.AddSteps(stepLosses);
        if (stepInEpoch > 0) _sums.Resume(sums);
    }

    internal IReadOnlyList<Callback> Callbacks => _callbacks;

    void IDisposable.Dispose() => _sums.Dispose();

    private string Interrupted => $"Interrupted in epoch {Epoch + 1}, after {StepInEpoch} of its {Batches.PerEpoch} steps.";

    private void End(StopReason reason, string message)
    {
        if (IsStopping) return;
        IsStopping = true;
        (History.Reason, History.Message) = (reason, message);
    }

    private void Each(Action<Callback> act)
    {
        foreach (var callback in _callbacks) act(callback);
    }
}
