using System.Globalization;
using DeepCourse.Data;
using DeepCourse.Visuals;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>How a network answers examples that it is only tested on: how often rightly, class by class, and where it is most
/// wrong.</summary>
public sealed class Evaluation : IDisposable
{
    private readonly Tensor _images, _logits, _losses, _answers;

    private Evaluation(Tensor images, Tensor labels, Tensor logits)
    {
        (_images, Labels, _logits) = (images, labels.cpu().DetachFromDisposeScope(), logits);
        _losses = nn.functional.cross_entropy(logits, Labels, reduction: nn.Reduction.None).DetachFromDisposeScope();
        _answers = logits.argmax(1).DetachFromDisposeScope();
        Count = (int)labels.shape[0];
        using var scope = NewDisposeScope();
        Loss = _losses.mean().item<float>();
        Accuracy = _answers.eq(Labels).sum().item<long>() / (double)Count;
    }

    /// <summary>Asks a network, in evaluation mode; afterwards it is in the mode that it was in.</summary>
    /// <param name="model">The network. It stays the caller's.</param>
    /// <param name="inputs">N×…, such as images N×C×H×W. They stay the caller's, and must live as long as mistakes are to be
    /// looked at.</param>
    /// <param name="labels">N class numbers, int64.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Inputs and labels do not fit together, or not to the network.</exception>
    public static Evaluation Of(nn.Module<Tensor, Tensor> model, Tensor inputs, Tensor labels)
    {
        var examples = new Batches(inputs, labels, size: 1, shuffle: false);
        Checks.OfExamples("test", model, examples);
        var wasTraining = model.training;
        model.eval();
        try
        {
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            var device = Devices.Of(model);
            var logits = cat([.. examples.InOrder().Select(b => model.call(b.Inputs.to(device)).cpu())]);
            return new Evaluation(inputs, labels, logits.DetachFromDisposeScope());
        }
        finally
        {
            model.train(wasTraining);
        }
    }

    /// <summary>How many examples were asked.</summary>
    public int Count { get; }

    /// <summary>The mean cross-entropy.</summary>
    public double Loss { get; }

    /// <summary>The share of right answers, from 0 to 1.</summary>
    public double Accuracy { get; }

    /// <summary>N class numbers: the network's answers. They stay this object's.</summary>
    public Tensor Answers => _answers;

    /// <summary>N class numbers: the truth. They stay this object's.</summary>
    public Tensor Labels { get; }

    /// <summary>The share of examples whose class is among the <paramref name="k"/> that the network thinks likeliest.</summary>
    public double TopK(int k)
    {
        using var scope = NewDisposeScope();
        return Metric.TopK(k).Sum(_logits, Labels).item<long>() / (double)Count;
    }

    /// <summary>K×K counts, rows the truth, columns the answers: a new tensor; the caller disposes it.</summary>
    public Tensor Counts()
    {
        using var scope = NewDisposeScope();
        var classes = _logits.shape[1];
        return (Labels * classes + _answers)
            .bincount(null, classes * classes)
            .reshape(classes, classes)
            .MoveToOuterDisposeScope();
    }

    /// <summary>Which class was taken for which.</summary>
    public ConfusionMatrix Confusion(IReadOnlyList<string> classes, string title = "test") =>
        new(title, _answers, Labels, classes);

    /// <summary>
    /// Class by class: precision (of those that were called so, how many are), recall (of those that are, how many were called
    /// so), and F₁, the harmonic mean of both.
    /// </summary>
    /// <param name="classes">Their names.</param>
    public NumberTable PerClass(IReadOnlyList<string> classes)
    {
        using var scope = NewDisposeScope();
        var counts = Counts();
        var (right, called, are) = (counts.diagonal().data<long>().ToArray(), counts.sum([0L]).data<long>().ToArray(),
            counts.sum([1L]).data<long>().ToArray());
        if (classes.Count != right.Length)
            throw new ArgumentException($"The network tells {right.Length} classes apart, and {classes.Count} names were given.",
                nameof(classes));
        return new NumberTable($"{Count:N0} examples, {Accuracy:0.0 %} right", ["class", "precision", "recall", "F₁", "examples"],
            [.. classes.Select((name, k) =>
                (IReadOnlyList<string>)[name, Share(right[k], called[k]), Share(right[k], are[k]),
                    Share(2 * right[k], called[k] + are[k]), $"{are[k]:N0}"])]);

        static string Share(long part, long all) =>
            all == 0 ? "–" : (part / (double)all).ToString("0.000", CultureInfo.InvariantCulture);
    }

    /// <summary>The images whose wrong answers cost most, the worst first: what they are, what they were taken for, and how sure
    /// the network was.</summary>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="count">How many at most.</param>
    public ImageGrid WorstMistakes(IReadOnlyList<string> classes, int count = 10)
    {
        using var scope = NewDisposeScope();
        var wrong = (_losses * _answers.ne(Labels)).topk((int)Math.Min(count, Count), 0);
        var sure = _logits.softmax(1).max(1).values;
        var grid = new ImageGrid(columns: 5);
        foreach (var i in wrong.indexes.data<long>().ToArray().Where(i => _answers[i].item<long>() != Labels[i].item<long>()))
            grid.Add(
                $"{classes[(int)Labels[i].item<long>()]}, taken for {classes[(int)_answers[i].item<long>()]} "
                    + $"({sure[i].item<float>():0 %} sure)", _images[i]);
        return grid;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Count:N0} examples: accuracy {Accuracy:0.0000}, loss {Loss:0.0000}");

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in new[] { Labels, _logits, _losses, _answers }) tensor.Dispose();
    }
}
