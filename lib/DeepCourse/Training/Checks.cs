using DeepCourse.Data;
using DeepCourse.Models;
using DeepCourse.Summaries;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>What can be wrong with data and network before the first step, each told with what to change. It takes a look at
/// every value, and one forward pass of two examples.</summary>
internal static class Checks
{
    /// <exception cref="ArgumentException">Something does not fit.</exception>
    public static void Before(
        nn.Module<Tensor, Tensor> model,
        Batches train,
        Batches? validation,
        int epochs,
        Func<Tensor, Tensor, Tensor>? loss,
        Device? device)
    {
        if (epochs < 1) throw new ArgumentException($"A training has at least 1 epoch; {epochs} were asked for.", nameof(epochs));
        OfModel(model);
        OfBatchNorm(model, train);
        OfExamples("training", model, train, loss is null, device);
        if (validation is not null) OfExamples("validation", model, validation, loss is null, device);
    }

    /// <summary>Whether examples fit a network.</summary>
    /// <exception cref="ArgumentException">They don't.</exception>
    public static void OfExamples(
        string what,
        nn.Module<Tensor, Tensor> model,
        Batches set,
        bool areClasses = true,
        Device? device = null)
    {
        OfInputs(what, set);
        if (areClasses) OfLabels(what, set);
        OfOutputs(what, model, set, areClasses, device);
    }

    private static void OfModel(nn.Module model)
    {
        if (Registration.Problems(model) is { Count: > 0 } problems)
            throw new ArgumentException(string.Join('\n', problems), nameof(model));
        if (Weighted.IsWithoutMemory(model))
            throw new ArgumentException(
                "The network is on the meta device: it has shapes and no weights. Make it without device: META.", nameof(model));
        if (!model.parameters().Any())
            throw new ArgumentException(
                $"{LayerFacts.TypeOf(model)} has no parameters, so there is nothing to train. If it should have some: assign its "
                    + "layers to fields, and call RegisterComponents() as the constructor's last line.", nameof(model));
        if (!model.parameters().Any(p => p.requires_grad))
            throw new ArgumentException(
                $"All parameters of {LayerFacts.TypeOf(model)} are frozen (requires_grad is false), so there is nothing to "
                    + "train. Unfreeze some: foreach (var p in model.parameters()) p.requires_grad = true;", nameof(model));
    }

    private static void OfBatchNorm(nn.Module model, Batches train)
    {
        if (!model.modules().Any(m => m is BatchNorm && m is NormBase { track_running_stats: true })) return;
        if (train.Size == 1)
            throw new ArgumentException(
                "The network has batch norm, and batches have 1 example: there is nothing to take a mean of. Take larger "
                    + "batches, such as size: 32, or another normalization (GroupNorm).", nameof(train));
        if (train.LastSize == 1)
            throw new ArgumentException(
                $"The network has batch norm, and the last of the {train.PerEpoch} batches of {train.Count:N0} examples has 1 "
                    + "example: there is nothing to take a mean of. Leave it out with dropLast: true, or take batches "
                    + $"of {train.Size + 1}.", nameof(train));
    }

    private static void OfInputs(string what, Batches set)
    {
        using var scope = NewDisposeScope();
        if (!set.Inputs.is_floating_point())
            throw new ArgumentException(
                $"The {what} inputs are {set.Inputs.dtype}; networks compute with floating-point numbers: "
                    + $"inputs.to(ScalarType.Float32){(set.Inputs.dtype == ScalarType.Byte ? " / 255" : "")}.", nameof(set));
        OfNumbers(what, "inputs", set.Inputs);
        if (set.Targets.is_floating_point()) OfNumbers(what, "targets", set.Targets);
    }

    private static void OfNumbers(string what, string which, Tensor values)
    {
        // A sum is NaN or infinite if any of its terms is; the other way round a sum may overflow, so that it is looked at
        // closely then.
        if (double.IsFinite(values.sum(ScalarType.Float64).item<double>())) return;
        var bad = values.isfinite().logical_not().nonzero();
        if (bad.shape[0] == 0) return;
        var at = bad[0].data<long>().ToArray();
        var value = values[[.. at.Select(i => TensorIndex.Single(i))]].to(ScalarType.Float64).item<double>();
        throw new ArgumentException(
            $"The {what} {which} "
                + $"hold {bad.shape[0]:N0} {(bad.shape[0] == 1 ? "value that is no number" : "values that are no numbers")}: the "
                + $"first, {(double.IsNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞")}, is in example {at[0]} at "
                + $"[{string.Join(", ", at)}]. Leave such examples out, or fill them: {which}.nan_to_num(0).");
    }

    private static void OfLabels(string what, Batches set)
    {
        if (set.Augmentation?.MixesTargets == true || set.Targets.dtype == ScalarType.Int64) return;
        throw new ArgumentException($"The {what} targets are {Shape(set.Targets)} {set.Targets.dtype}. "
            + (set.Targets.is_floating_point()
                ? "If they are class numbers, make them labels: targets.to(ScalarType.Int64). If they are values to be met "
                    + "(regression), say how a miss is measured: loss: (output, target) => nn.functional.mse_loss(output, "
                    + "target)."
                : "Labels are class numbers, int64: targets.to(ScalarType.Int64)."), nameof(set));
    }

    private static void OfOutputs(string what, nn.Module<Tensor, Tensor> model, Batches set, bool areClasses, Device? device)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var wasTraining = model.training;
        model.eval();
        if (device is not null) model.to(device);
        Tensor outputs;
        var inputs = set.Inputs[..2].to(Devices.Of(model));
        try
        {
            outputs = model.call(inputs);
        }
        catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or ArgumentException
            or InvalidOperationException)
        {
            throw new ArgumentException(
                $"The network can't take {what} inputs of the shape "
                    + $"N×{string.Join('×', set.Inputs.shape[1..])}: {e.Message.Split('\n')[0]}", e);
        }
        finally
        {
            model.train(wasTraining);
        }
        if (outputs.ndim == 0 || outputs.shape[0] != 2)
            throw new ArgumentException(
                $"For 2 examples the network gave {Shape(outputs)}; the first dimension must stay the number of examples. Is "
                    + "something flattened from dimension 0 on? Flatten(1) leaves it.");
        if (areClasses && set.Augmentation?.MixesTargets != true) OfClasses(what, outputs, set.Targets);
        else if (!areClasses && set.Targets.is_floating_point() && !outputs.shape.Skip(1).SequenceEqual(set.Targets.shape.Skip(1))
            && outputs.numel() / 2 == set.Targets.numel() / set.Targets.shape[0])
            throw new ArgumentException(
                $"The network gives N×{string.Join('×', outputs.shape[1..])}, and the {what} targets are {Shape(set.Targets)}: "
                    + "as many values, of another shape, which libtorch would stretch to a table of all against all. Reshape "
                    + $"one: targets.reshape(-1{string.Concat(outputs.shape[1..].Select(s => $", {s}"))}).");
    }

    private static void OfClasses(string what, Tensor outputs, Tensor targets)
    {
        if (targets.ndim == 2 && outputs.ndim == 2 && targets.shape[1] == 1)
            throw new ArgumentException($"The {what} labels are {Shape(targets)}; they must be a list of N: targets.squeeze(1).");
        if (targets.ndim == outputs.ndim && targets.shape.Skip(1).SequenceEqual(outputs.shape.Skip(1)))
            throw new ArgumentException(
                $"The {what} labels are {Shape(targets)}: one-hot, perhaps. Labels are class numbers: targets.argmax(1).");
        if (outputs.ndim != targets.ndim + 1 || !outputs.shape.Skip(2).SequenceEqual(targets.shape.Skip(1)))
            throw new ArgumentException(
                $"The network's outputs are N×{string.Join('×', outputs.shape[1..])}, and the {what} labels {Shape(targets)}: "
                    + "for each label there must be a row of one number per class (N×K for N labels).");
        var (classes, low, high) = (outputs.shape[1], targets.min().item<long>(), targets.max().item<long>());
        if (low >= 0 && high < classes) return;
        throw new ArgumentException(
            $"The {what} labels run from {low} to {high}, and the network has {classes} outputs, for the classes 0 "
                + $"to {classes - 1}. "
            + (low == 1 && high == classes
                ? "Count from 0: targets - 1."
                : low < 0 ? "A class has no negative number."
                : $"Give the last layer {high + 1} outputs, or look at the labels."));
    }

    private static string Shape(Tensor tensor) => string.Join('×', tensor.shape);
}
