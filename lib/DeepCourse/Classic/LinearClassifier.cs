using DeepCourse.Vision;
using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace DeepCourse.Classic;

/// <summary>
/// A learner from before deep learning: multinomial logistic regression on features that somebody else made, by ML.NET (maximum
/// entropy, trained with L-BFGS). It weighs the features and can't make new ones.
/// </summary>
public sealed class LinearClassifier
{
    private readonly MLContext _context;
    private readonly ITransformer _model;
    private readonly int _features;

    private LinearClassifier(MLContext context, ITransformer model, int features) =>
        (_context, _model, _features) = (context, model, features);

    private sealed class Example
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }

    private sealed class Answer
    {
        [ColumnName("PredictedLabel")]
        public uint Label { get; set; }
    }

    /// <summary>Learns to tell classes apart.</summary>
    /// <param name="features">N×D. It stays the caller's.</param>
    /// <param name="labels">N class numbers from 0. It stays the caller's.</param>
    /// <param name="seed">The same seed gives the same classifier.</param>
    /// <exception cref="ArgumentException">Other shapes, fewer than two classes, or a negative label.</exception>
    public static LinearClassifier Train(Tensor features, Tensor labels, int seed = 1)
    {
        if (features.ndim != 2 || labels.ndim != 1 || features.shape[0] != labels.shape[0] || labels.numel() == 0)
            throw new ArgumentException(
                $"Features N×D come with N labels; these are {string.Join('×', features.shape)} "
                    + $"and {string.Join('×', labels.shape)}.");
        float[] values = features.ToFloats(), classes = labels.ToFloats();
        if (classes.Min() < 0)
            throw new ArgumentException($"Class numbers begin at 0; there is one of {classes.Min()}.", nameof(labels));
        if (classes.Distinct().Count() < 2)
            throw new ArgumentException("There is only one class: nothing to tell apart.", nameof(labels));
        var context = new MLContext(seed);
        var width = (int)features.shape[1];
        var data = Data(context, values, width, classes, (uint)classes.Max() + 1);
        // more give another sum each time
        var trainer = context.MulticlassClassification.Trainers.LbfgsMaximumEntropy(
            new Microsoft.ML.Trainers.LbfgsMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = 1 });
        return new LinearClassifier(context, trainer.Fit(data), width);
    }

    /// <summary>The classes of new examples: a new tensor of N class numbers; the caller disposes it.</summary>
    /// <param name="features">N×D, with the D that it was trained on. It stays the caller's.</param>
    /// <exception cref="ArgumentException">Another number of features.</exception>
    public Tensor Predict(Tensor features)
    {
        if (features.ndim != 2 || features.shape[1] != _features)
            throw new ArgumentException(
                $"This classifier learned from N×{_features} features; these are {string.Join('×', features.shape)}.",
                nameof(features));
        var data = Data(_context, features.ToFloats(), _features, new float[features.shape[0]], 1);
        // ML.NET's keys are counted from 0 where they come in, and from 1 where they come out (0 is 'missing').
        return tensor(_context.Data.CreateEnumerable<Answer>(_model.Transform(data), reuseRowObject: false)
            .Select(a => (long)a.Label - 1)
            .ToArray());
    }

    private static IDataView Data(MLContext context, float[] values, int width, float[] labels, uint classes)
    {
        var schema = SchemaDefinition.Create(typeof(Example));
        schema[nameof(Example.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        schema[nameof(Example.Label)].ColumnType = new KeyDataViewType(typeof(uint), classes);
        return context.Data.LoadFromEnumerable(
            labels.Select((label, i) => new Example { Features = values[(i * width)..((i + 1) * width)], Label = (uint)label }),
            schema);
    }
}
