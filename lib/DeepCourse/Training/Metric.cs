using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Something measured over an epoch. The sums are tensors: nothing is read back until it is asked for.</summary>
/// <param name="name">Such as "accuracy"; "training" or "validation" is put before it.</param>
public abstract class Metric(string name)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The measure of a batch, summed over its examples: a new tensor with one value.</summary>
    /// <param name="outputs">What the network said: N×K.</param>
    /// <param name="targets">What is right: N labels, or N×K shares.</param>
    public abstract Tensor Sum(Tensor outputs, Tensor targets);

    /// <summary>How many values a batch's sum is over: its examples, or its pixels where every pixel has a label.</summary>
    public virtual long Count(Tensor outputs, Tensor targets) =>
        outputs.ndim == targets.ndim ? targets.shape[0] : targets.numel();

    /// <summary>The share of examples whose class is named rightly; with mixed labels, whose largest share is.</summary>
    public static Metric Accuracy { get; } = new AccuracyMetric();

    /// <summary>The share of examples whose class is among the <paramref name="k"/> that the network thinks likeliest.</summary>
    public static Metric TopK(int k) => new TopKMetric(k);

    internal static Tensor Labels(Tensor outputs, Tensor targets) => outputs.ndim == targets.ndim ? targets.argmax(1) : targets;

    private sealed class AccuracyMetric() : Metric("accuracy")
    {
        public override Tensor Sum(Tensor outputs, Tensor targets) => outputs.argmax(1).eq(Labels(outputs, targets)).sum();
    }

    private sealed class TopKMetric(int k) : Metric($"top-{k} accuracy")
    {
        public override Tensor Sum(Tensor outputs, Tensor targets)
        {
            if (k < 1 || k > outputs.shape[1])
                throw new ArgumentException($"Top-{k} needs at least {k} classes; the network has {outputs.shape[1]} outputs.");
            return outputs.topk(k, 1).indexes.eq(Labels(outputs, targets).unsqueeze(1)).sum();
        }
    }
}
