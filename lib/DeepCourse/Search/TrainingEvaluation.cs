using DeepCourse.Data;
using static TorchSharp.torch;

namespace DeepCourse.Search;

/// <summary>
/// The evaluation: really train a design, a little, and measure it on images that it has not seen. The budget is in images and epochs, not in seconds, so that a seed gives
/// the same search on any machine.
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

    /// <summary>Trains any network for such images with Adam, a learning rate that falls to 0, and batches of 64. It stays the caller's.</summary>
    public void Fit(nn.Module<Tensor, Tensor> network)
    {
        using var adam = optim.Adam(network.parameters(), 3e-3);
        var (step, steps) = (0, epochs * ((train.Count + 63) / 64));
        for (var epoch = 0; epoch < epochs; epoch++)
        {
            using var order = randperm(train.Count);
            for (var at = 0; at < train.Count; at += 64)
            {
                using var scope = NewDisposeScope();
                var batch = order[at..Math.Min(at + 64, train.Count)];
                foreach (var group in adam.ParamGroups) group.LearningRate = 3e-3 * (1 - step / (double)steps);
                step++;
                var loss = nn.functional.cross_entropy(network.call(train.Images.index_select(0, batch)), train.Labels.index_select(0, batch));
                adam.zero_grad();
                loss.backward();
                adam.step();
            }
        }
    }

    /// <summary>The share of images whose class a network names rightly.</summary>
    public static double Accuracy(nn.Module<Tensor, Tensor> network, FashionMnist images)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var wasTraining = network.training;
        network.eval();
        var right = images.Images.split(500).Zip(images.Labels.split(500), (x, y) => network.call(x).argmax(1).eq(y).sum().item<long>()).Sum();
        network.train(wasTraining);
        return right / (double)images.Count;
    }
}
