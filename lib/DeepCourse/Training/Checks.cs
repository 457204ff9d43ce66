using System.Runtime.InteropServices;
using DeepCourse.Data;
using DeepCourse.Models;
using DeepCourse.Native;
using DeepCourse.Summaries;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>What can be wrong with data, network, loss and optimizer before the first step, each told with what to change. It
/// takes a look at every value, and one pass of two examples.</summary>
internal static class Checks
{
    /// <summary>What libtorch, TorchSharp and code of notebooks throw at things that don't fit.</summary>
    public static bool IsRefusal(Exception e) => e is ExternalException or ArgumentException or InvalidOperationException
        or IndexOutOfRangeException or NullReferenceException or NotImplementedException or NotSupportedException;

    /// <exception cref="ArgumentException">Something does not fit.</exception>
    public static void Before(TrainingSetup setup, int epochs, int accumulate)
    {
        if (epochs < 1) throw Wrong($"A training has at least 1 epoch; {epochs} were asked for.", nameof(epochs));
        if (accumulate < 1 || accumulate > setup.Train.Size)
            throw Wrong(
                $"A batch of {setup.Train.Size} goes through the network in 1 to {setup.Train.Size} parts; {accumulate} were "
                + "asked for.", nameof(accumulate));
        if (!is_grad_enabled())
            throw Wrong(
                "Gradients are switched off here, so nothing can be learned: a no_grad() is still open. End it before Fit, "
                + "such as with braces around what is to be without gradients.", "model");
        if (setup.Train is { Count: 1, PerEpoch: 1 })
            throw Wrong(
                "The set has one example: there are no batches to make of it, and nothing general to learn. To learn one by "
                + "heart on purpose, repeat it: inputs.expand(64, …), targets.expand(64).", "train");
        if (setup.Metrics.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Wrong($"Two metrics are called “{twice.Key}”: give each a name of its own.", "metrics");
        OfModel(setup.Model);
        OfOptimizer(setup);
        OfSet("training", setup, setup.Train, accumulate);
        if (setup.Validation is not null) OfSet("validation", setup, setup.Validation);
    }

    /// <summary>Before every epoch: somebody may have unfrozen something meanwhile.</summary>
    public static void BeforeEpoch(TrainingSetup setup)
    {
        OfOptimizer(setup);
        using var scope = NewDisposeScope();
        // The gradient of what was frozen meanwhile would go on moving it, by the optimizer's momentum.
        foreach (var parameter in setup.Model.parameters())
            if (!parameter.requires_grad && parameter.grad is not null) parameter.grad = null;
    }

    /// <summary>Whether examples fit a network and what is measured of it.</summary>
    /// <exception cref="ArgumentException">They don't.</exception>
    public static void OfSet(string what, TrainingSetup setup, Batches set, int? accumulate = null)
    {
        foreach (var (name, values) in set.Values.Where(v => v.Values.is_floating_point())) OfNumbers(what, name, values);
        var mixes = set.Augmentation?.MixesTargets == true;
        using var scope = NewDisposeScope();
        using var random = SeededRandom.Begin(set.Seed);
        var trial = set.Trial().To(setup.Device);
        if (setup.IsDefaultLoss && !mixes) OfLabels(what, trial.Targets);
        OfVocabulary(what, setup.Model, set);
        var isTraining = accumulate is not null;
        var spread = new Dictionary<nn.Module, long>(ReferenceEqualityComparer.Instance);
        var outputs = OfTrial(what, setup.Model, set, setup.Forward, trial, isTraining ? spread : null);
        OfExamples(outputs, trial);
        if (isTraining) OfMixing(setup, trial);
        var answers = Answers.Of(outputs, trial);
        if (isTraining) OfBatchNorm(set, accumulate!.Value, spread);
        if (answers.Targets.dtype == ScalarType.Int64 && (setup.IsDefaultLoss || answers.IsOfClasses))
            OfClasses(what, set, answers);
        if (mixes) return; // targets are mixed later
        if (isTraining) OfLoss(what, setup, answers);
        var rows = answers.ForMetrics();
        var targets = set.Values.FirstOrDefault(v => v.Name == "targets").Values;
        if (setup.Loss.Method.DeclaringType == typeof(BinaryCrossEntropyLoss))
            BinaryCrossEntropyLoss.Check(targets ?? rows.Targets);
        if (rows.Targets.numel() == 0) return;
        foreach (var metric in setup.Metrics)
        {
            metric.Check(rows.Outputs, rows.Targets);
            if (targets is not null) metric.CheckAll(targets);
        }
    }

    /// <summary>Two examples through a network in evaluation mode.</summary>
    /// <exception cref="ArgumentException">It can't take them.</exception>
    public static Tensor OfTrial(
        string what,
        nn.Module model,
        Batches set,
        Func<Batch, Tensor> forward,
        Batch? trial = null,
        Dictionary<nn.Module, long>? spread = null)
    {
        trial ??= set.Trial().To(Devices.Of(model));
        using var modes = Modes.Evaluation(model);
        using var noGrad = spread is null ? no_grad() : null;
        var hooks = spread is null ? [] : Watch(model, spread);
        try
        {
            return forward(trial);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Wrong($"The network can't take {what} inputs of the shape N×{string.Join('×', trial.Inputs.shape[1..])}"
                + $"{Others(trial)}: {Sentence(e)}{Hint(model, trial)}", "model", e);
        }
        finally
        {
            foreach (var hook in hooks) hook.remove();
        }
    }

    /// <summary>The network and all that is in it.</summary>
    private static IEnumerable<nn.Module> All(nn.Module model) => model.modules().Prepend(model);

    private static string Others(Batch trial) =>
        string.Concat(trial.MoreInputs.Select(i => $" and N×{string.Join('×', i.shape[1..])}"));

    private static string Sentence(Exception e) => e.Message.Split('\n')[0].TrimEnd('.', ' ') + ".";

    private static string Hint(nn.Module model, Batch trial)
    {
        var looksUp = All(model).Any(m => m is Embedding or EmbeddingBag);
        var inputs = trial.Inputs;
        if (looksUp && inputs.dtype != ScalarType.Int64)
            return $" The inputs are {inputs.dtype}; words are looked up by number: inputs.to(ScalarType.Int64).";
        if (!looksUp && !inputs.is_floating_point())
        {
            var scaled = inputs.dtype == ScalarType.Byte ? " / 255" : "";
            return $" The inputs are {inputs.dtype}; networks compute with floating-point numbers: "
                + $"inputs.to(ScalarType.Float32){scaled}.";
        }
        if (!looksUp && model.parameters().FirstOrDefault() is { } weight && weight.dtype != inputs.dtype)
            return $" The inputs are {inputs.dtype}, and the network's weights {weight.dtype}: "
                + $"inputs.to(ScalarType.{weight.dtype}).";
        if (!looksUp && inputs.ndim == 2 && All(model).Any(m => m is LSTM or GRU or RNN))
            return " Recurrent layers take N×T×D; of one value a step: inputs.unsqueeze(2).";
        return "";
    }

    private static void OfModel(nn.Module model)
    {
        if (Registration.Problems(model) is { Count: > 0 } problems) throw Wrong(string.Join('\n', problems), nameof(model));
        if (Weighted.IsWithoutMemory(model))
            throw Wrong("The network is on the meta device: it has shapes and no weights. Make it without device: META.",
                nameof(model));
        if (!model.parameters().Any())
            throw Wrong(
                $"{LayerFacts.TypeOf(model)} has no parameters, so there is nothing to train. If it should have some: assign "
                + "its layers to fields, and call RegisterComponents() as the constructor's last line.", nameof(model));
        if (!model.parameters().Any(p => p.requires_grad))
            throw Wrong(
                $"All parameters of {LayerFacts.TypeOf(model)} are frozen (requires_grad is false), so there is nothing to "
                + "train. Unfreeze some: model.Unfreeze().", nameof(model));
    }

    private static void OfOptimizer(TrainingSetup setup)
    {
        if (setup.Optimizer is LBFGS)
            throw Wrong(
                "LBFGS computes the loss several times in each step, and on all examples; this loop computes it once, on a "
                + "batch. Take optim.SGD, optim.Adam or optim.AdamW.", "optimizer");
        var own = new Dictionary<TensorMemory.Place, string>();
        foreach (var (name, parameter) in setup.Model.named_parameters()) own.TryAdd(TensorMemory.Of(parameter), name);
        HashSet<TensorMemory.Place> held = [.. setup.Optimizer.parameters().Select(p => TensorMemory.Of(p))];
        if (held.Count == 0) throw Wrong("The optimizer has no parameters: optim.Adam(model.parameters()).", "optimizer");
        if (!held.Any(own.ContainsKey))
            throw Wrong("The optimizer holds another network's parameters: make it after the network, of "
                + "model.parameters().", "optimizer");
        if (held.Count(p => !own.ContainsKey(p)) is > 0 and var strange)
            throw Wrong(
                $"The optimizer holds {strange} parameters that are not the network's, which would be trained and neither saved "
                + "nor put into the right mode. Make one module of all that learns: a class whose constructor ends with "
                + "RegisterComponents(), or a ModuleDict.", "optimizer");
        var places = setup.Model.named_parameters().Where(p => p.parameter.requires_grad)
            .Where(p => !held.Contains(TensorMemory.Of(p.parameter))).Select(p => p.name).ToList();
        if (places.Count > 0)
            throw Wrong(
                $"The optimizer does not hold {string.Join(", ", places.Take(3))}{(places.Count > 3 ? ", …" : "")}, so that "
                + $"{(places.Count == 1 ? "it does" : "they do")} not learn. Make it of model.parameters(), frozen ones as "
                + "well, or freeze what is not to learn: model.Freeze(\"" + places[0] + "\").", "optimizer");
        // A tied weight has a name, and an entry here, for each place where it is used; it is to be moved once.
        var seen = new HashSet<TensorMemory.Place>();
        foreach (var group in setup.Optimizer.ParamGroups.OfType<ParamGroup>())
        {
            var distinct = group.Parameters.DistinctByMemory().ToList();
            if (distinct.Select(p => TensorMemory.Of(p)).FirstOrDefault(p => !seen.Add(p)) is { Count: > 0 } twice)
                throw Wrong($"{own[twice]} is in two groups of the optimizer: which rate is it to have? Take it out of one; "
                    + "model.ParametersOf(names) gives the parameters of parts. (Tied weights count as one.)", "optimizer");
            if (distinct.Count < group.Parameters.Count()) group.Parameters = distinct;
        }
    }

    private static void OfNumbers(string what, string which, Tensor values)
    {
        using var scope = NewDisposeScope();
        // A sum is NaN or infinite if any of its terms is; the other way round a sum may overflow, and is looked at closely then.
        if (float.IsFinite(values.sum(ScalarType.Float32).item<float>())) return;
        var bad = values.isfinite().logical_not().nonzero();
        if (bad.shape[0] == 0) return;
        var at = bad[0].data<long>().ToArray();
        var value = values[[.. at.Select(i => TensorIndex.Single(i))]].to(ScalarType.Float32).item<float>();
        var first = float.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
        var some = bad.shape[0] == 1 ? "1 value that is no number" : $"{bad.shape[0]} values that are no numbers";
        throw Wrong(
            $"The {what} {which} hold {some}: the first, {first}, is in example {at[0]} at [{string.Join(", ", at)}]. Leave "
            + $"such examples out, or fill them: {which}.nan_to_num(0).", "set");
    }

    private static void OfLabels(string what, Tensor targets)
    {
        if (targets.dtype == ScalarType.Int64) return;
        throw Wrong($"The {what} targets are {Shape(targets)} {targets.dtype}. " + (targets.is_floating_point()
            ? "If they are class numbers, make them labels: targets.to(ScalarType.Int64). If they are values to be met "
                + "(regression), say how a miss is measured: loss: Loss.MeanSquaredError(), or Loss.BinaryCrossEntropy() for "
                + "yes and no."
            : "Labels are class numbers, int64: targets.to(ScalarType.Int64)."), "set");
    }

    /// <summary>Numbers of words against the size of the table that they are looked up in, where there is one such
    /// table.</summary>
    private static void OfVocabulary(string what, nn.Module model, Batches set)
    {
        var tables = All(model).OfType<Embedding>().Distinct(ReferenceEqualityComparer.Instance).Cast<Embedding>().ToList();
        var inputs = set.Values.Where(v => v.Name.StartsWith("inputs", StringComparison.Ordinal)).ToList();
        if (tables is not [var table] || inputs is not [{ Values: { dtype: ScalarType.Int64 } numbers }]) return;
        using var scope = NewDisposeScope();
        var (low, high, rows) = (numbers.min().item<long>(), numbers.max().item<long>(), table.weight!.shape[0]);
        if (low >= 0 && high < rows) return;
        throw Wrong(
            $"The {what} inputs run from {low} to {high}, and the embedding has {rows} rows, for the numbers 0 to {rows - 1}: "
            + (low < 0 ? "padding is to have a number as well, such as 0." : $"give it {high + 1} rows, or look at the numbers."),
            "set");
    }

    private static void OfExamples(Tensor outputs, Batch trial)
    {
        if (outputs.ndim > 0 && outputs.shape[0] == trial.Count) return;
        throw Wrong(
            $"For {trial.Count} examples the network gave {string.Join('×', outputs.shape)}; the first dimension must stay the "
                + "number of examples. Is something flattened from dimension 0 on? Flatten(1) leaves it. Does an LSTM want "
                + "batch_first: true?",
            "model");
    }

    /// <summary>A recurrent layer that takes its inputs for T×N×… mixes examples, and their shapes stay the same.</summary>
    private static void OfMixing(TrainingSetup setup, Batch trial)
    {
        if (trial.Count != 2 || !All(setup.Model).Any(m => m is LSTM or GRU or RNN)) return;
        using var modes = Modes.Evaluation(setup.Model);
        using var noGrad = no_grad();
        var first = Ask(trial);
        // A network that keeps a state of its own answers the same question differently.
        if (!IsSame(first, Ask(trial))) return;
        // The second example as it was, behind itself: what is taken for time goes on from the first to the second.
        if (IsSame(first, Ask(trial.Narrow(1, 1).Twice()))) return;
        throw Wrong(
            "The network's answer to one example depends on the others of its batch. Recurrent layers take inputs T×N×… unless "
            + "they are told otherwise: nn.LSTM(…, batchFirst: true).", "model");

        Tensor Ask(Batch batch)
        {
            using var random = SeededRandom.Begin(setup.Train.Seed);
            return setup.Forward(batch);
        }

        static bool IsSame(Tensor a, Tensor b) => !a.shape.SequenceEqual(b.shape) || a[1].allclose(b[1], 1e-3, 1e-4);
    }

    private static void OfClasses(string what, Batches set, Answers answers)
    {
        var (outputs, targets) = (answers.Rows.Outputs, answers.Rows.Targets);
        if (outputs.ndim == 3 && targets.ndim == 2 && outputs.shape[2] == targets.shape[1])
            throw Wrong(
                $"The network's outputs are {Shape(outputs)}, and the {what} labels {Shape(targets)}: of sequences the classes "
                + "come last, N×T×K: outputs.transpose(1, 2).", "set");
        if (targets.ndim == 4 && targets.shape[1] == 1 && outputs.ndim == 4)
            throw Wrong($"The {what} labels are {Shape(targets)}; they must be maps N×H×W: targets.squeeze(1).", "set");
        if (targets.ndim == 2 && outputs.ndim == 2 && targets.shape[1] == 1)
            throw Wrong($"The {what} labels are {Shape(targets)}; they must be a list of N: targets.squeeze(1).", "set");
        if (targets.ndim == outputs.ndim && targets.shape.Skip(1).SequenceEqual(outputs.shape.Skip(1)))
            throw Wrong($"The {what} labels are {Shape(targets)}: one-hot, perhaps. Labels are class numbers: "
                + "targets.argmax(1). For several labels that may hold at once: loss: Loss.BinaryCrossEntropy().", "set");
        if (outputs.ndim != targets.ndim + 1 || !outputs.shape.Skip(2).SequenceEqual(targets.shape.Skip(1)))
            throw Wrong($"The network's outputs are N×{string.Join('×', answers.Outputs.shape[1..])}, and the {what} labels "
                + $"{Shape(answers.Targets)}: for each label there must be a row of one number per class (N×K for N labels, "
                + "N×T×K for N×T, N×K×H×W for N×H×W).", "set");
        var labels = set.Values.FirstOrDefault(v => v.Name == "targets").Values ?? targets;
        var counted = labels[TensorIndex.Tensor(labels.ne(Answers.Ignored))];
        if (counted.numel() == 0) throw Wrong($"All {what} labels are −100, so that none is counted.", "set");
        var (classes, low, high) = (outputs.shape[1], counted.min().item<long>(), counted.max().item<long>());
        if (low >= 0 && high < classes) return;
        throw Wrong($"The {what} labels run from {low} to {high}, and the network has {classes} outputs, for the classes 0 to "
            + $"{classes - 1}. " + (low == 1 && high == classes ? "Count from 0: targets - 1."
                : low < 0 ? "A class has no negative number; −100 is for what is not counted."
                : classes == 1 ? "One output says yes or no: loss: Loss.BinaryCrossEntropy(), metrics: [Metric.BinaryAccuracy()]."
                : high == 255 ? "Where 255 is for what is not counted, make it −100: targets.masked_fill(targets.eq(255), -100)."
                : $"Give the last layer {high + 1} outputs, or look at the labels."), "set");
    }

    /// <summary>The loss of two examples: a number that can be learned from.</summary>
    private static void OfLoss(string what, TrainingSetup setup, Answers answers)
    {
        var shapes = $"outputs {Shape(answers.Outputs)} {answers.Outputs.dtype} and targets {Shape(answers.Targets)} "
            + $"{answers.Targets.dtype}";
        Tensor loss;
        try
        {
            loss = setup.Loss(answers.Outputs, answers.Targets);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            var hint = answers.Targets.is_floating_point() || answers.IsOfClasses
                ? ""
                : " Many losses want targets of the outputs' type: targets.to(ScalarType.Float32); Loss.BinaryCrossEntropy() "
                    + "takes any.";
            throw Wrong($"The loss can't take {shapes}, of {what} examples: {Sentence(e)}{hint}", nameof(loss), e);
        }
        if (loss.numel() != 1)
            throw Wrong(
                $"The loss gave {Shape(loss)} values for {shapes}; it must be one number, the mean over the batch: leave out "
                + "reduction: None, or end with .mean().", nameof(loss));
        if (!loss.requires_grad)
            throw Wrong(
                "The loss does not depend on the weights in a way that gives gradients: is it computed from an argmax, from "
                + "detached values or a number read back by item(), or within no_grad()? Or is all frozen that it depends on?",
                nameof(loss));
        if (Stretches(setup.Loss, answers))
            throw Wrong(
                $"The loss is given {shapes}, and libtorch stretches one to the other, which compares all with all. Reshape "
                + "the targets: "
                + $"targets.reshape({string.Join(", ", answers.Outputs.shape.Select((s, i) => i == 0 ? -1 : s))}), or take "
                + "Loss.MeanSquaredError().", nameof(loss));
    }

    /// <summary>
    /// Whether a loss lets libtorch stretch outputs and targets of different shapes: then it gives the same when they are
    /// stretched beforehand, and the mean of what it gives for each column. (One that knows how to compare them does not.)
    /// </summary>
    private static bool Stretches(Func<Tensor, Tensor, Tensor> loss, Answers answers)
    {
        var (o, t) = (answers.Outputs.shape, answers.Targets.shape);
        if (!answers.Targets.is_floating_point() || o.SequenceEqual(t)) return false;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        try
        {
            var (outputs, targets) = (randn(o, device: answers.Outputs.device), rand(t, device: answers.Outputs.device));
            var both = broadcast_tensors(outputs, targets);
            if (!IsSame(loss(outputs, targets), loss(both[0], both[1]))) return false;
            if (o.Length != t.Length || o.Length < 2 || o[1] == t[1]) return true;
            var columns = Enumerable.Range(0, (int)o[1]).Select(k => loss(outputs.narrow(1, k, 1), targets)).ToList();
            return t[1] != 1 || IsSame(loss(outputs, targets), stack(columns).mean());
        }
        catch (Exception e) when (IsRefusal(e))
        {
            return false;
        }

        static bool IsSame(Tensor a, Tensor b) =>
            Math.Abs(a.item<float>() - b.item<float>()) < 1e-5 * (1 + Math.Abs(a.item<float>()));
    }

    /// <summary>Notes of how many values batch norm takes its means, for each example.</summary>
    private static List<dynamic> Watch(nn.Module model, Dictionary<nn.Module, long> spread) =>
        [.. All(model).OfType<BatchNorm>().Where(m => m is NormBase { track_running_stats: true })
            .Select(norm => norm.register_forward_pre_hook((module, input) =>
            {
                spread[module] = input.numel() / Math.Max(1, input.shape[0] * input.shape[1]);
                return input;
            }))];

    private static void OfBatchNorm(Batches train, int accumulate, Dictionary<nn.Module, long> spread)
    {
        if (!spread.Any(s => s.Value == 1)) return;
        var smallest = train.Size / accumulate;
        if (smallest == 1)
            throw Wrong(
                "The network has batch norm, and batches (or their parts) have 1 example: there is nothing to take a mean of. "
                + "Take larger batches, such as size: 32, or another normalization (GroupNorm).", nameof(train));
        if (train.LastSize == 1)
            throw Wrong(
                $"The network has batch norm, and the last of the {train.PerEpoch} batches of {train.Count} examples has 1 "
                + "example: there is nothing to take a mean of. Leave it out with dropLast: true, or take batches of "
                + $"{train.Size + 1}.", nameof(train));
    }

    private static ArgumentException Wrong(string message, string parameter, Exception? inner = null) =>
        new(message, parameter, inner);

    /// <summary>The shape of a trial of two examples, as one of N.</summary>
    private static string Shape(Tensor tensor) => string.Concat("N", string.Concat(tensor.shape.Skip(1).Select(s => $"×{s}")));
}
