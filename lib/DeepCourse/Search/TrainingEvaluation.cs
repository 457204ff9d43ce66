using DeepCourse.Data;
using DeepCourse.Training;
using static TorchSharp.torch;

namespace DeepCourse.Search;

/// <summary>
/// The evaluation: really train a design, a little, and measure it on images that it has not seen. The budget is in images and
/// epochs, not in seconds, so that a seed gives the same search on any machine.
/// </summary>
/// <param name="train">To learn from.</param>
/// <param name="validation">To be measured on: never the test images, or the search would overfit them.</param>
/// <param name="epochs">Passes over the images.</param>
/// <param name="seed">Of weights and order.</param>
public sealed class TrainingEvaluation(FashionMnist train, FashionMnist validation, int epochs = 2, int seed = 1)
{
    /// <summary>Trains a design by <see cref="Fit"/>, and measures it.</summary>
    public Candidate Evaluate(CnnDesign design)
    {
        using var network = Train(design);
        return new Candidate(design, Accuracy(network, validation), network.parameters().Sum(p => p.numel()));
    }

    /// <summary>The trained network of a design; the caller disposes it.</summary>
    public nn.Module<Tensor, Tensor> Train(CnnDesign design)
    {
        random.manual_seed(seed);
        var network = CnnSpace.Build(design);
        Fit(network);
        return network;
    }

    /// <summary>Trains any network for such images with Adam, a learning rate that falls to 0, and batches of 64. It stays the
    /// caller's.</summary>
    public void Fit(nn.Module<Tensor, Tensor> network) =>
        Trainer.Fit(network, new Batches(train.Images, train.Labels, seed: seed), epochs: epochs,
        metrics: [],
            callbacks: [Schedule.Linear(3e-3)], progress: false);

    /// <summary>The share of images whose class a network names rightly.</summary>
    public static double Accuracy(nn.Module<Tensor, Tensor> network, FashionMnist images)
    {
        using var evaluation = Evaluation.Of(network, images.Images, images.Labels);
        return evaluation.Accuracy;
    }
}
