using System.Globalization;
using DeepCourse.Data;
using DeepCourse.Native;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>How a network answers examples that it is only tested on: its loss and metrics; and where it tells classes apart, how
/// often rightly, class by class, and where it is most wrong.</summary>
public sealed class Evaluation : IDisposable
{
    private readonly Tensor? _images, _logits, _losses, _answers, _labels;
    private readonly IReadOnlyList<(string Name, double Value)> _values;

    private Evaluation(IReadOnlyList<(string Name, double Value)> values, int count, Answers? classes, Tensor? images)
    {
        (_values, Count) = (values, count);
        if (classes is null) return;
        using var scope = NewDisposeScope();
        // Of maps of labels one row for each place.
        var maps = classes.Rows;
        var logits = maps.Outputs.ndim > 2 ? maps.Outputs.movedim([1L], [-1L]).flatten(0, -2) : maps.Outputs;
        var all = new Answers(logits, maps.Targets.ndim > 1 && maps.Targets.dtype == ScalarType.Int64
            ? maps.Targets.flatten()
            : Metric.Labels(maps.Outputs, maps.Targets)).ForMetrics();
        _logits = all.Outputs.MoveToOuterDisposeScope().DetachFromDisposeScope();
        _labels = all.Targets.MoveToOuterDisposeScope().DetachFromDisposeScope();
        _losses = nn.functional.cross_entropy(_logits, _labels, reduction: nn.Reduction.None).DetachFromDisposeScope();
        _answers = _logits.argmax(1).DetachFromDisposeScope();
        Count = (int)_labels.shape[0];
        // Mistakes can be shown where there is an answer for each image.
        if (images is not null && images.shape[0] == Count) _images = images;
    }

    /// <summary>Asks a network, in evaluation mode; afterwards it is in the modes that it was in.</summary>
    /// <param name="model">The network. It stays the caller's.</param>
    /// <param name="inputs">N×…, such as images N×C×H×W. They stay the caller's, and must live as long as mistakes are to be
    /// looked at.</param>
    /// <param name="labels">N class numbers, int64; or what else its outputs are compared with.</param>
    /// <param name="loss">As for <see cref="Trainer.Fit"/>.</param>
    /// <param name="metrics">As for <see cref="Trainer.Fit"/>.</param>
    /// <param name="forward">As for <see cref="Trainer.Fit"/>.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Inputs and labels do not fit together, or not to the network.</exception>
    public static Evaluation Of(
        nn.Module model,
        Tensor inputs,
        Tensor labels,
        Func<Tensor, Tensor, Tensor>? loss = null,
        IReadOnlyList<Metric>? metrics = null,
        Func<Batch, Tensor>? forward = null)
    {
        var size = inputs.ndim == 0 ? 1 : (int)Math.Clamp(inputs.shape[0], 1, 64);
        return Of(model, new Batches(inputs, labels, size, shuffle: false), inputs, loss, metrics, forward);
    }

    /// <summary>The same for examples of any kind, such as sequences with lengths.</summary>
    /// <inheritdoc cref="Of(nn.Module, Tensor, Tensor, Func{Tensor, Tensor, Tensor}, IReadOnlyList{Metric}, Func{Batch,
    /// Tensor})"/>
    public static Evaluation Of(
        nn.Module model,
        Batches examples,
        Func<Tensor, Tensor, Tensor>? loss = null,
        IReadOnlyList<Metric>? metrics = null,
        Func<Batch, Tensor>? forward = null) => Of(model, examples, null, loss, metrics, forward);

    private static Evaluation Of(
        nn.Module model,
        Batches examples,
        Tensor? images,
        Func<Tensor, Tensor, Tensor>? loss,
        IReadOnlyList<Metric>? metrics,
        Func<Batch, Tensor>? forward)
    {
        var setup = TrainingSetup.Of(model, examples, null, null!, loss, metrics, forward);
        Checks.OfSet("test", setup, examples);
        using var interrupt = Interrupts.Listen(default);
        using var scope = NewDisposeScope();
        using var sums = new Sums(setup.Metrics);
        List<Answers> kept = [];
        var count = 0;
        Prediction.Over(model, examples, setup.Forward, (outputs, batch) =>
        {
            var answers = Training.Answers.Of(outputs, batch);
            sums.Add(setup.LossOf(answers), answers, setup.WeightOf(answers));
            count += batch.Count;
            sums.EndStep();
            // Shares of classes are told from values by the loss.
            if (answers.IsOfClasses && (setup.IsDefaultLoss || answers.Targets.dtype == ScalarType.Int64))
                kept.Add(Kept(answers.Rows));
        }, interrupt.Token);
        var classes = kept.Count == 0
            ? null
            : new Answers(cat([.. kept.Select(k => k.Outputs)]), cat([.. kept.Select(k => k.Targets)]));
        return new Evaluation(sums.Means("test"), count, classes, images);

        static Answers Kept(Answers rows) =>
            new(rows.Outputs.cpu().MoveToOuterDisposeScope(), rows.Targets.cpu().MoveToOuterDisposeScope());
    }

    /// <summary>How many answers were asked for: examples, or steps or pixels where each has a label.</summary>
    public int Count { get; }

    /// <summary>The mean loss: the cross-entropy, where no other was given.</summary>
    public double Loss => _values[0].Value;

    /// <summary>One of the metrics, such as "accuracy".</summary>
    /// <exception cref="ArgumentException">It was not measured; the message says what was.</exception>
    public double this[string metric]
    {
        get
        {
            if (_values.FirstOrDefault(v => v.Name == $"test {metric}") is { Name: not null } found) return found.Value;
            var names = string.Join(", ", _values.Select(v => v.Name["test ".Length..]));
            throw new ArgumentException($"“{metric}” was not measured; these were: {names}.", nameof(metric));
        }
    }

    /// <summary>The share of right answers, from 0 to 1.</summary>
    /// <exception cref="InvalidOperationException">The network does not tell classes apart, and no accuracy was
    /// measured.</exception>
    public double Accuracy
    {
        get
        {
            if (_answers is null && _values.Any(v => v.Name == "test accuracy")) return this["accuracy"];
            using var scope = NewDisposeScope();
            return Answers.eq(Labels).sum().item<long>() / (double)Count;
        }
    }

    /// <summary>N class numbers: the network's answers. They stay this object's.</summary>
    /// <exception cref="InvalidOperationException">The network does not tell classes apart.</exception>
    public Tensor Answers => OfClasses(_answers);

    /// <summary>N class numbers: the truth. They stay this object's.</summary>
    /// <exception cref="InvalidOperationException">The network does not tell classes apart.</exception>
    public Tensor Labels => OfClasses(_labels);

    private Tensor Logits => OfClasses(_logits);

    /// <summary>The share of examples whose class is among the <paramref name="k"/> that the network thinks likeliest.</summary>
    public double TopK(int k)
    {
        using var scope = NewDisposeScope();
        return Metric.TopK(k).Sum(Logits, Labels).item<long>() / (double)Count;
    }

    /// <summary>K×K counts, rows the truth, columns the answers: a new tensor; the caller disposes it.</summary>
    public Tensor Counts()
    {
        using var scope = NewDisposeScope();
        var classes = Logits.shape[1];
        return (Labels * classes + Answers)
            .bincount(null, classes * classes)
            .reshape(classes, classes)
            .MoveToOuterDisposeScope();
    }

    /// <summary>The images whose wrong answers cost most, the worst first, with what they are, what they were taken for, and how
    /// sure the network was. The tensors belong to the scope at hand.</summary>
    internal IEnumerable<(Tensor Image, int Label, int Answer, double Sure)> Mistakes(int count)
    {
        var images = _images ?? throw new InvalidOperationException(
            "Mistakes can be shown of images that have one label each: Evaluation.Of(model, images, labels).");
        var wrong = (OfClasses(_losses) * Answers.ne(Labels)).topk((int)Math.Min(count, Count), 0);
        var sure = Logits.softmax(1).max(1).values;
        return [.. wrong.indexes.data<long>().ToArray()
            .Select(i => (images[i], (int)Labels[i].item<long>(), (int)Answers[i].item<long>(), (double)sure[i].item<float>()))
            .Where(m => m.Item2 != m.Item3)];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count:N0} examples: ")
        + string.Join(", ", _values.Skip(1).Append(_values[0])
            .Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Name["test ".Length..]} {v.Value:0.0000}")));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { _labels, _logits, _losses, _answers }) tensor?.Dispose();
    }

    private static Tensor OfClasses(Tensor? tensor) => tensor ?? throw new InvalidOperationException(
        "This network does not tell classes apart (outputs N×K for N labels), so that there are no answers to count. Its "
            + "metrics are evaluation[\"…\"].");
}
