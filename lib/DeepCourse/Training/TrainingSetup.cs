using DeepCourse.Data;
using DeepCourse.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>What a training is made of, with what was left out filled in.</summary>
internal sealed record TrainingSetup(
    nn.Module Model,
    Batches Train,
    Batches? Validation,
    optim.Optimizer Optimizer,
    Func<Tensor, Tensor, Tensor> Loss,
    IReadOnlyList<Metric> Metrics,
    Func<Batch, Tensor> Forward)
{
    /// <summary>Whether the loss is the one for labels.</summary>
    public bool IsDefaultLoss { get; private init; }

    /// <summary>What outputs of 0 would cost: the size that a loss has by itself. 0 where it can't be told.</summary>
    public double ZeroLoss { get; private init; }

    /// <summary>What the loss of certain outputs is: a loss is a function, of which nothing can be read, and this tells it from
    /// others. Null where it can't be told.</summary>
    public float? LossMark { get; private init; }

    public Device Device { get; } = Devices.Of(Model);

    /// <summary>Fills in what was left out.</summary>
    public static TrainingSetup Of(
        nn.Module model,
        Batches train,
        Batches? validation,
        optim.Optimizer optimizer,
        Func<Tensor, Tensor, Tensor>? loss,
        IReadOnlyList<Metric>? metrics,
        Func<Batch, Tensor>? forward)
    {
        using var scope = NewDisposeScope();
        var trial = train.Trial().To(Devices.Of(model));
        forward ??= Prediction.Forward(model, trial);
        var answers = Prediction.Try(model, trial, forward);
        var isLabels = trial.Targets.dtype == ScalarType.Int64 || train.Augmentation?.MixesTargets == true;
        var setup = new TrainingSetup(model, train, validation, optimizer, loss ?? Training.Loss.CrossEntropy(),
            metrics ?? (loss is null || isLabels && answers?.IsOfClasses == true ? [Metric.Accuracy] : []), forward)
        { IsDefaultLoss = loss is null };
        if (answers is null) return setup; // the checks will say why
        var outputs = answers.Outputs;
        var others = linspace(-1.7, 2.3, outputs.numel(), device: outputs.device).reshape(outputs.shape).to(outputs.dtype);
        return setup with
        {
            ZeroLoss = Math.Abs(setup.Try(answers with { Outputs = zeros_like(outputs) }) ?? 0),
            LossMark = setup.Try(answers with { Outputs = others }),
        };
    }

    /// <summary>Adam over all parameters, each once: one that is frozen now may learn later.</summary>
    public static optim.Optimizer? DefaultOptimizer(nn.Module model)
    {
        List<Parameter> parameters = [.. model.parameters().DistinctByMemory()];
        return parameters.Count == 0 ? null : optim.Adam(parameters);
    }

    /// <summary>What an epoch's measurements are called.</summary>
    public IReadOnlyList<string> Columns => [.. Of("training"), .. Validation is null ? [] : Of("validation"),
        Measured.LearningRate, Measured.Seconds];

    /// <summary>The mean loss and the metrics over examples, in evaluation mode, under names that begin with
    /// <paramref name="part"/>.</summary>
    public IReadOnlyList<(string Name, double Value)> Measure(Batches examples, string part, CancellationToken cancellation)
    {
        using var sums = new Sums(Metrics);
        Prediction.Over(Model, examples, Forward, (outputs, batch) =>
        {
            var answers = Answers.Of(outputs, batch);
            sums.Add(LossOf(answers), answers, WeightOf(answers));
            sums.EndStep();
        }, cancellation);
        return sums.Means(part);
    }

    /// <summary>The loss of a batch, or of a part of one: 0 where nothing in it counts.</summary>
    public Tensor LossOf(Answers answers) => answers.Count == 0
        ? answers.Outputs.flatten().narrow(0, 0, 0).sum()
        : Loss(answers.Outputs, answers.Targets);

    /// <summary>How much a batch, or a part of one, weighs in a mean: what counts in it, by the classes' weights.</summary>
    public double WeightOf(Answers answers) => WeightOf(answers.Targets, answers.IsOfClasses, answers.MayIgnore);

    /// <summary>What share of a whole batch a part of it is.</summary>
    public double ShareOf(Answers part, Batch whole)
    {
        var all = WeightOf(Answers.TargetsOf(whole), part.IsOfClasses, whole.MayIgnore);
        return all == 0 ? 0 : WeightOf(part) / all;
    }

    private double WeightOf(Tensor targets, bool areLabels, bool mayIgnore)
    {
        if ((Loss.Target as CrossEntropyLoss)?.WeightOf(targets) is { } weight) return weight;
        if (Loss.Method.DeclaringType == typeof(BinaryCrossEntropyLoss) && targets.dtype != ScalarType.Bool)
            return targets.ne(Answers.Ignored).sum().item<long>();
        return Answers.CountOf(targets, areLabels, mayIgnore);
    }

    private float? Try(Answers answers)
    {
        try
        {
            using var noGrad = no_grad();
            var value = Loss(answers.Outputs, answers.Targets).to(ScalarType.Float32).item<float>();
            return float.IsFinite(value) ? value : null;
        }
        catch (Exception e) when (Checks.IsRefusal(e))
        {
            return null;
        }
    }

    private IEnumerable<string> Of(string part) => [$"{part} loss", .. Metrics.Select(m => $"{part} {m.Name}")];
}
