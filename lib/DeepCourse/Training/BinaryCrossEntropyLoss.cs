using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>The binary cross-entropy of logits.</summary>
internal static class BinaryCrossEntropyLoss
{
    /// <summary>The mean over all targets that are not −100.</summary>
    public static Tensor Of(Tensor outputs, Tensor targets)
    {
        targets = Loss.Like(outputs, targets);
        var counted = targets.ne(Answers.Ignored);
        if (!counted.all().item<bool>())
            (outputs, targets) = (outputs[TensorIndex.Tensor(counted)], targets[TensorIndex.Tensor(counted)]);
        return nn.functional.binary_cross_entropy_with_logits(outputs, targets);
    }

    /// <exception cref="ArgumentException">A target that is neither from 0 to 1 nor −100.</exception>
    public static void Check(Tensor targets)
    {
        if (targets.dtype == ScalarType.Bool) return;
        using var scope = NewDisposeScope();
        var wrong = (targets.lt(0) | targets.gt(1)) & targets.ne(Answers.Ignored);
        if (!wrong.any().item<bool>()) return;
        var first = targets[TensorIndex.Tensor(wrong)][0].to(ScalarType.Float32).item<float>();
        throw new ArgumentException(
            "The binary cross-entropy wants targets from 0 (no) to 1 (yes), and −100 for what is not counted; there is one of "
                + $"{first}. For more than two classes give the network an output for each, and labels (int64), without a loss "
                + "of your own.");
    }
}
