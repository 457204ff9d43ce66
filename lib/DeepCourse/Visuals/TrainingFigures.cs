using System.Globalization;
using System.Runtime.CompilerServices;
using DeepCourse.Display;
using DeepCourse.Training;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>What is drawn of trainings and evaluations, which know nothing of it.</summary>
public static class TrainingFigures
{
#pragma warning disable CA2255 // A history that a cell shows is to be drawn, whatever was called before.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register()
    {
        Drawings.Register<History>(history => new TrainingChart(history));
        Drawings.Register<LearningRateCurve>(curve => new LearningRateFigure(curve));
        Drawings.Register<TrainingState>(state => new TrainingProgressFigure(state));
    }

    /// <summary>The curves, which is also what the history itself shows.</summary>
    public static TrainingChart Chart(this History history) => new(history);

    /// <summary>All numbers, a row for each epoch.</summary>
    public static NumberTable Table(this History history)
    {
        var rows = history.Epochs.Select(e =>
            (IReadOnlyList<string>)[$"{e.Number}",
                .. history.Columns.Select(c => e.Values.TryGetValue(c, out var v) ? Write(c, v) : "")]);
        return new NumberTable(history.Name.Length > 0 ? history.Name : "Training", ["epoch", .. history.Columns], [.. rows])
        {
            Marked = history.Restored is { } restored ? restored - 1 : null,
        };

        static string Write(string column, double value) => value.ToString(
            column == Measured.Seconds ? "0.0" : column == Measured.LearningRate ? "g3" : "0.0000", CultureInfo.InvariantCulture);
    }

    /// <summary>Which class was taken for which.</summary>
    public static ConfusionMatrix Confusion(this Evaluation evaluation, IReadOnlyList<string> classes, string title = "test") =>
        new(title, evaluation.Answers, evaluation.Labels, classes);

    /// <summary>
    /// Class by class: precision (of those that were called so, how many are), recall (of those that are, how many were called
    /// so), and F₁, the harmonic mean of both.
    /// </summary>
    /// <param name="evaluation">Of a network that tells classes apart.</param>
    /// <param name="classes">Their names.</param>
    /// <exception cref="ArgumentException">Another number of names than of classes.</exception>
    public static NumberTable PerClass(this Evaluation evaluation, IReadOnlyList<string> classes)
    {
        using var scope = NewDisposeScope();
        var counts = evaluation.Counts();
        long[] right = counts.diagonal().data<long>().ToArray(), called = counts.sum([0L]).data<long>().ToArray(),
            are = counts.sum([1L]).data<long>().ToArray();
        if (classes.Count != right.Length)
            throw new ArgumentException($"The network tells {right.Length} classes apart, and {classes.Count} names were given.",
                nameof(classes));
        return new NumberTable($"{evaluation.Count:N0} examples, {evaluation.Accuracy:0.0 %} right",
            ["class", "precision", "recall", "F₁", "examples"],
            [.. classes.Select((name, k) => (IReadOnlyList<string>)[name, Share(right[k], called[k]), Share(right[k], are[k]),
                Share(2 * right[k], called[k] + are[k]), $"{are[k]:N0}"])]);

        static string Share(long part, long all) => all == 0 ? "–" : $"{part / (double)all:0.000}";
    }

    /// <summary>The images whose wrong answers cost most, the worst first: what they are, what they were taken for, and how sure
    /// the network was.</summary>
    /// <param name="evaluation">Of images that have one label each.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="count">How many at most.</param>
    /// <exception cref="InvalidOperationException">There is not one answer for each image.</exception>
    public static ImageGrid WorstMistakes(this Evaluation evaluation, IReadOnlyList<string> classes, int count = 10)
    {
        using var scope = NewDisposeScope();
        var grid = new ImageGrid(columns: 5);
        foreach (var (image, label, answer, sure) in evaluation.Mistakes(count))
            grid.Add($"{classes[label]}, taken for {classes[answer]} ({sure:0 %} sure)", image);
        return grid;
    }
}
