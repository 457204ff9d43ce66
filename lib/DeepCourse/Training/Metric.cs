using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Something measured over an epoch. The sums are tensors: nothing is read back until it is asked for.</summary>
/// <param name="name">Such as "accuracy"; "training" or "validation" is put before it.</param>
public abstract class Metric(string name)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The measure of a batch, summed over what counts: a new tensor with one value. Sequences come as rows, a row for
    /// each label, without padding and without labels of −100.</summary>
    /// <param name="outputs">What the network said: N×K, or N×K×H×W.</param>
    /// <param name="targets">What is right: N labels, N×H×W labels, N×K shares, or values.</param>
    public abstract Tensor Sum(Tensor outputs, Tensor targets);

    /// <summary>How many values a batch's sum is over: its examples, or its pixels where every pixel has a label.</summary>
    public virtual long Count(Tensor outputs, Tensor targets) =>
        outputs.ndim == targets.ndim ? targets.shape[0] : targets.numel();

    /// <summary>Whether it can measure such outputs and targets: asked before the first step.</summary>
    /// <exception cref="ArgumentException">It can't; the message says which one can.</exception>
    public virtual void Check(Tensor outputs, Tensor targets)
    {
    }

    /// <summary>Whether it can measure all these targets, as far as they are known beforehand.</summary>
    internal virtual void CheckAll(Tensor targets)
    {
    }

    /// <summary>The share of examples whose class is named rightly; with mixed labels, whose largest share is. For networks with
    /// an output for each class.</summary>
    public static Metric Accuracy { get; } = new TopKMetric(1, "accuracy");

    /// <summary>The share of examples whose class is among the <paramref name="k"/> that the network thinks likeliest.</summary>
    public static Metric TopK(int k) => k >= 1
        ? new TopKMetric(k, $"top-{k} accuracy")
        : throw new ArgumentOutOfRangeException(nameof(k), k, "It is among the first 1, 2, … of the classes.");

    /// <summary>The share of yes-or-no answers that are right, for networks with one output, or one for each of several labels
    /// that may hold at once.</summary>
    /// <param name="threshold">Above which an output means yes: 0 for logits, 0.5 for probabilities.</param>
    public static Metric BinaryAccuracy(double threshold = 0) => new BinaryAccuracyMetric(threshold);

    /// <summary>The mean distance of an output to its target, for values to be met.</summary>
    public static Metric MeanAbsoluteError { get; } = new MeanAbsoluteErrorMetric();

    internal static Tensor Labels(Tensor outputs, Tensor targets) => outputs.ndim == targets.ndim ? targets.argmax(1) : targets;

    private sealed class TopKMetric(int k, string name) : Metric(name)
    {
        public override Tensor Sum(Tensor outputs, Tensor targets)
        {
            OfClasses(outputs, targets);
            return k == 1
                ? outputs.argmax(1).eq(Labels(outputs, targets)).sum()
                : outputs.topk(k, 1).indexes.eq(Labels(outputs, targets).unsqueeze(1)).sum();
        }

        public override void Check(Tensor outputs, Tensor targets)
        {
            OfClasses(outputs, targets);
            if (outputs.ndim == targets.ndim) CheckAll(targets);
        }

        internal override void CheckAll(Tensor targets)
        {
            if (targets.dtype == ScalarType.Int64 || targets.ndim < 2) return;
            using var scope = NewDisposeScope();
            // Shares of classes are at least 0, and 1 together.
            targets = targets.to(ScalarType.Float32);
            if (targets.min().item<float>() >= 0 && (targets.sum(1) - 1).abs().max().item<float>() < 1e-3) return;
            throw new ArgumentException(
                $"The {Name} is for classes; these targets are values, {Shape(targets)}. For several labels that may hold at "
                    + "once take Metric.BinaryAccuracy(), for values to be met Metric.MeanAbsoluteError.");
        }

        private void OfClasses(Tensor outputs, Tensor targets)
        {
            if (outputs.ndim < 2 || outputs.shape[1] < 2)
                throw new ArgumentException(
                    $"The {Name} needs an output for each class, two or more; the network gives {Shape(outputs)}. For a "
                        + "network with one output, yes or no, take Metric.BinaryAccuracy(); for values to be met "
                        + "Metric.MeanAbsoluteError.");
            if (k > outputs.shape[1])
                throw new ArgumentException(
                    $"Top-{k} needs at least {k} classes; the network has {outputs.shape[1]} outputs.");
            if (outputs.ndim != targets.ndim && outputs.ndim != targets.ndim + 1)
                throw new ArgumentException($"The {Name} can't compare outputs {Shape(outputs)} with targets {Shape(targets)}.");
        }
    }

    private sealed class BinaryAccuracyMetric(double threshold) : Metric("accuracy")
    {
        public override Tensor Sum(Tensor outputs, Tensor targets) =>
            (outputs.gt(threshold).eq(Loss.Like(outputs, targets).gt(0.5)) & Loss.Like(outputs, targets).ne(Answers.Ignored))
                .sum();

        public override long Count(Tensor outputs, Tensor targets) =>
            targets.dtype == ScalarType.Bool ? targets.numel() : targets.ne(Answers.Ignored).sum().item<long>();

        public override void Check(Tensor outputs, Tensor targets) => Loss.Like(outputs, targets);
    }

    private sealed class MeanAbsoluteErrorMetric() : Metric("mean absolute error")
    {
        public override Tensor Sum(Tensor outputs, Tensor targets) => (outputs - Loss.Like(outputs, targets)).abs().sum();

        public override long Count(Tensor outputs, Tensor targets) => targets.numel();

        public override void Check(Tensor outputs, Tensor targets) => Loss.Like(outputs, targets);
    }

    private static string Shape(Tensor tensor) => string.Join('×', tensor.shape);
}
