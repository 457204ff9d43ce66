using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>The cross-entropy, which knows how much each label weighs.</summary>
internal sealed class CrossEntropyLoss(Tensor? weight, double smoothing)
{
    /// <summary>The mean over all labels, by their weights.</summary>
    public Tensor Of(Tensor outputs, Tensor targets)
    {
        var rows = new Answers(outputs, targets).Rows;
        return nn.functional.cross_entropy(rows.Outputs, rows.Targets, weight, label_smoothing: smoothing);
    }

    /// <summary>How much labels weigh together; null where all weigh alike.</summary>
    public double? WeightOf(Tensor targets)
    {
        if (weight is null || targets.dtype != ScalarType.Int64) return null;
        using var scope = NewDisposeScope();
        var counted = targets[TensorIndex.Tensor(targets.ne(Answers.Ignored))];
        return weight.index_select(0, counted.to(weight.device)).sum().item<float>();
    }
}
