using DeepCourse.Data;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// A network's outputs and what is right, as far as it counts: padding behind the end of a sequence is taken out, so that neither
/// a loss nor a metric need know of it.
/// </summary>
/// <param name="Outputs">As the network gave them, N×…; of sequences with lengths the steps that count, M×….</param>
/// <param name="Targets">The same of the targets.</param>
/// <param name="MayIgnore">Whether there may be labels of −100, which are not counted.</param>
internal sealed record Answers(Tensor Outputs, Tensor Targets, bool MayIgnore = true)
{
    /// <summary>A label that is not counted, as in PyTorch's cross-entropy.</summary>
    public const long Ignored = -100;

    /// <summary>Takes out what is padding.</summary>
    public static Answers Of(Tensor outputs, Batch batch)
    {
        var targets = batch.Targets;
        if (!batch.IsPerStep || outputs.ndim < 2 || outputs.shape[0] != targets.shape[0]
            || outputs.shape[1] != targets.shape[1])
            return new Answers(outputs, targets, batch.MayIgnore);
        var counts = TensorIndex.Tensor(batch.Mask().to(targets.device));
        return new Answers(outputs[counts], targets[counts], batch.MayIgnore);
    }

    /// <summary>The targets of a batch that are no padding.</summary>
    public static Tensor TargetsOf(Batch batch) => !batch.IsPerStep
        ? batch.Targets
        : batch.Targets[TensorIndex.Tensor(batch.Mask().to(batch.Targets.device))];

    /// <summary>How many of the targets count: the weight of the loss in an epoch's mean.</summary>
    public long Count => CountOf(Targets, IsOfClasses, MayIgnore);

    /// <summary>How many of some targets count.</summary>
    public static long CountOf(Tensor targets, bool areLabels, bool mayIgnore) =>
        targets.dtype != ScalarType.Int64 || !areLabels ? targets.shape[0]
        : mayIgnore ? targets.ne(Ignored).sum().item<long>()
        : targets.numel();

    /// <summary>Whether there is a number for each class, two or more, for each label.</summary>
    public bool IsOfClasses => Targets.dtype == ScalarType.Int64
        ? Outputs.ndim == Targets.ndim + 1 && Classes >= 2
        : Outputs.ndim >= 2 && Outputs.shape.SequenceEqual(Targets.shape) && Outputs.shape[1] >= 2;

    /// <summary>Whether classes come last, as for sequences: outputs N×T×K for labels N×T. (For maps of labels they come
    /// second, N×K×H×W.)</summary>
    public bool IsClassesLast => Targets.dtype == ScalarType.Int64 && Outputs.ndim == 3
        && Outputs.shape.Take(2).SequenceEqual(Targets.shape);

    /// <summary>K.</summary>
    public long Classes => IsClassesLast ? Outputs.shape[2] : Outputs.shape[1];

    /// <summary>Sequences as rows, one for each label: outputs M×K and M labels. Others as they are.</summary>
    public Answers Rows => IsClassesLast ? this with { Outputs = Outputs.flatten(0, 1), Targets = Targets.flatten() } : this;

    /// <summary>What metrics are given: rows, without the labels that are not counted.</summary>
    public Answers ForMetrics()
    {
        var rows = Rows;
        if (!MayIgnore || rows.Targets.dtype != ScalarType.Int64 || !IsOfClasses) return rows;
        var counted = rows.Targets.ne(Ignored);
        if (counted.all().item<bool>()) return rows;
        var outputs = rows.Outputs.ndim > 2 ? rows.Outputs.movedim([1L], [-1L]).flatten(0, -2) : rows.Outputs;
        var which = TensorIndex.Tensor(counted.flatten());
        return new Answers(outputs[which], rows.Targets.flatten()[which]);
    }
}
