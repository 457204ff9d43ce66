using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Losses for <see cref="Trainer.Fit"/>: functions of outputs and targets.</summary>
public static class Loss
{
    /// <summary>
    /// The cross-entropy, the mean over all labels that are not −100: outputs N×K for N labels, N×T×K for N×T, N×K×H×W for N×H×W;
    /// or N×K shares as targets. With weights it is the mean that counts each label by its class's weight, in an epoch as well.
    /// </summary>
    /// <param name="weight">K weights of the classes, such as those of <see cref="Balanced"/>. It stays the caller's.</param>
    /// <param name="smoothing">The share of a label that is divided among all classes (Szegedy et al. 2016).</param>
    public static Func<Tensor, Tensor, Tensor> CrossEntropy(Tensor? weight = null, double smoothing = 0) =>
        new CrossEntropyLoss(weight, smoothing).Of;

    /// <summary>Weights that make rare classes count as much as frequent ones, N / (K · count): a new tensor of K; the caller
    /// disposes it.</summary>
    /// <param name="labels">N labels (int64); −100 is not counted.</param>
    /// <param name="classes">K.</param>
    /// <exception cref="ArgumentException">A class that has no example.</exception>
    public static Tensor Balanced(Tensor labels, int classes)
    {
        using var scope = NewDisposeScope();
        var known = labels[TensorIndex.Tensor(labels.ne(Answers.Ignored))];
        var counts = known.bincount(null, classes).to(ScalarType.Float32);
        if (counts.numel() != classes || counts.min().item<float>() == 0)
        {
            var numbers = string.Join(", ", counts.to(ScalarType.Int64).data<long>().ToArray());
            throw new ArgumentException(
                $"Each of the {classes} classes needs an example to have a weight; there are {numbers}.", nameof(labels));
        }
        return (known.shape[0] / (classes * counts)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The binary cross-entropy of logits, for networks with one output (yes or no), or one for each of several labels that may
    /// hold at once. Targets of any type, from 0 to 1, of the outputs' shape, or N for outputs N×1; −100 is not counted.
    /// </summary>
    public static Func<Tensor, Tensor, Tensor> BinaryCrossEntropy() => BinaryCrossEntropyLoss.Of;

    /// <summary>The mean of squared differences, for values to be met. Targets of any type, of the outputs' shape, or N for
    /// outputs N×1.</summary>
    public static Func<Tensor, Tensor, Tensor> MeanSquaredError() => (outputs, targets) =>
        nn.functional.mse_loss(outputs, Like(outputs, targets));

    /// <summary>Targets of the outputs' type and shape; nothing is ever stretched.</summary>
    internal static Tensor Like(Tensor outputs, Tensor targets)
    {
        if (targets.dtype != outputs.dtype) targets = targets.to(outputs.dtype);
        if (outputs.shape.SequenceEqual(targets.shape)) return targets;
        if (outputs.shape.Where(s => s != 1).SequenceEqual(targets.shape.Where(s => s != 1)))
            return targets.reshape(outputs.shape);
        throw new ArgumentException(
            $"There must be a target for each output; these are {string.Join('×', outputs.shape)} outputs and "
                + $"{string.Join('×', targets.shape)} targets.");
    }
}
