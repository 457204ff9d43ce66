using DeepCourse.Data;
using DeepCourse.Models;
using DeepCourse.Native;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>A network asked in evaluation mode, batch by batch.</summary>
internal static class Prediction
{
    /// <summary>What it says of new examples: N×… on the CPU.</summary>
    /// <exception cref="ArgumentException">It can't take such inputs.</exception>
    public static Tensor Of(
        nn.Module model,
        IReadOnlyList<Tensor> inputs,
        Tensor? lengths,
        int size,
        Func<Batch, Tensor>? forward)
    {
        if (inputs.Count == 0 || inputs[0].ndim == 0 || inputs[0].shape[0] == 0)
            throw new ArgumentException("There is nothing to ask: inputs are N×…, with N of at least 1.", nameof(inputs));
        using var scope = NewDisposeScope();
        var count = inputs[0].shape[0];
        var examples = new Batches(inputs, zeros(count), (int)Math.Clamp(size, 1, count), shuffle: false, lengths: lengths);
        using (NewDisposeScope())
        using (SeededRandom.Begin(0))
        {
            forward ??= Forward(model, examples.Trial());
            Checks.OfTrial("new", model, examples, forward);
        }
        using var interrupt = Interrupts.Listen(default);
        List<Tensor> parts = [];
        Over(model, examples, forward, (outputs, batch) => parts.Add(Whole(outputs, batch).cpu().MoveToOuterDisposeScope()),
            interrupt.Token);
        return cat(parts).MoveToOuterDisposeScope();

        // A batch was cut to its longest sequence.
        Tensor Whole(Tensor outputs, Batch batch)
        {
            var steps = batch.Inputs.ndim > 1 ? batch.Inputs.shape[1] : 0;
            if (lengths is null || inputs.Count > 1 || outputs.ndim < 3 || outputs.shape[1] != steps) return outputs;
            var mask = batch.Mask().to(outputs.device);
            outputs = outputs * mask.reshape([.. mask.shape, .. Enumerable.Repeat(1L, (int)outputs.ndim - 2)]);
            var more = zeros([outputs.shape[0], inputs[0].shape[1] - steps, .. outputs.shape[2..]], outputs.dtype,
                outputs.device);
            return cat([outputs, more], 1);
        }
    }

    /// <summary>Goes over examples as they are; what <paramref name="take"/> is given lives as long as the call.</summary>
    public static void Over(
        nn.Module model,
        Batches examples,
        Func<Batch, Tensor> forward,
        Action<Tensor, Batch> take,
        CancellationToken cancellation)
    {
        using var modes = Modes.Evaluation(model);
        using var noGrad = no_grad();
        var (device, number) = (Devices.Of(model), 0);
        foreach (var batch in examples.InOrder())
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var random = SeededRandom.Begin(Seeds.Mix(examples.Seed, -1, number++));
            var here = batch.To(device);
            take(forward(here), here);
        }
    }

    /// <summary>How a network is called with such a batch: with its inputs, and their lengths where it takes one tensor
    /// more.</summary>
    public static Func<Batch, Tensor> Forward(nn.Module model, Batch batch)
    {
        var inputs = 1 + batch.MoreInputs.Count;
        var withLengths = batch.Lengths is not null && Signature.TakesLengths(model, inputs);
        var call = Models.Forward.Of(model, withLengths ? inputs + 1 : inputs);
        if (inputs == 1 && !withLengths) return b => call([b.Inputs]);
        return b => call([b.Inputs, .. b.MoreInputs, .. withLengths ? [b.Lengths!] : Array.Empty<Tensor>()]);
    }

    /// <summary>What a network says of two examples; null where it can't be asked, of which the checks tell. The tensors belong
    /// to the scope at hand.</summary>
    public static Answers? Try(nn.Module model, Batch trial, Func<Batch, Tensor> forward)
    {
        try
        {
            using var modes = Modes.Evaluation(model);
            using var noGrad = no_grad();
            using var random = SeededRandom.Begin(0);
            return Answers.Of(forward(trial), trial);
        }
        catch (Exception e) when (Checks.IsRefusal(e))
        {
            return null;
        }
    }
}
