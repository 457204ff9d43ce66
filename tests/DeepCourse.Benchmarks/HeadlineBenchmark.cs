using System.CommandLine;
using System.Diagnostics;
using DeepCourse.Data;
using DeepCourse.Native;
using DeepCourse.Training;
using DeepCourse.Vision;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepCourse.Benchmarks;

/// <summary>
/// <c>fashion-mnist</c>: how well a small network does on Fashion-MNIST's 10,000 test images after a short training on the 60,000
/// others, and how long that takes, beside the machine's own speed.
/// </summary>
internal static class HeadlineBenchmark
{
    public static Command Create()
    {
        var seed = new Option<long>("--seed")
        {
            Description = "Of the weights, the order and the augmentation.",
            DefaultValueFactory = _ => 1
        };
        var epochs = new Option<int>("--epochs") { Description = "How often every image is seen.", DefaultValueFactory = _ => 7 };
        var command = new Command("fashion-mnist",
            "Trains on all of Fashion-MNIST: test accuracy and time, beside the machine's own speed.") { seed, epochs };
        command.SetAction(r => Run(r.GetValue(seed), r.GetValue(epochs)));
        return command;
    }

    private static void Run(long seed, int epochs)
    {
        Libtorch.Load();
        Console.WriteLine(
            $"{Environment.ProcessorCount} processors, {MatrixSpeed():0} GFLOP/s in a product of "
                + $"matrices{(Arithmetic.Notice is null ? "" : "; libtorch is kept to older instructions here")}.");
        using var scope = NewDisposeScope();
        using var train = FashionMnist.Train();
        using var test = FashionMnist.Test();
        var (mean, deviation) = (train.Images.mean().item<float>(), train.Images.std().item<float>());
        train.Images.sub_(mean).div_(deviation);
        test.Images.sub_(mean).div_(deviation);

        random.manual_seed(seed);
        using var network = Build();
        Console.WriteLine(
            $"{network.parameters().Sum(p => p.numel()):N0} parameters, {epochs} epochs of {train.Count:N0} images, "
                + $"seed {seed}.");
        var clock = Stopwatch.StartNew();
        Trainer.Fit(network,
            new Batches(train.Images, train.Labels, 128, seed: seed, augmentation: new Augmentation().Flip(), dropLast: true),
            epochs: epochs,
            optimizer: optim.AdamW(network.parameters(), 0.01, weight_decay: 5e-4), callbacks: [Schedule.OneCycle(0.01)]);
        var seconds = clock.Elapsed.TotalSeconds;
        var right = RightByBoth(network, test);
        Console.WriteLine(
            $"test accuracy {right / (double)test.Count:0.00 %} ({right:N0} of {test.Count:N0}) after {seconds:0.0} s of "
                + $"training ({epochs * train.Count / seconds:N0} images/s), {clock.Elapsed.TotalSeconds:0.0} s with the test.");
    }

    /// <summary>
    /// Pooling stands before batch norm and ReLU, which are then about a quarter of the work; convolutions need no bias there.
    /// </summary>
    private static TorchSharp.Modules.Sequential Build() => Sequential(
        Conv2d(1, 16, 3, padding: 1, bias: false), MaxPool2d(2), BatchNorm2d(16), ReLU(),
        Conv2d(16, 48, 3, padding: 1, bias: false), MaxPool2d(2), BatchNorm2d(48), ReLU(),
        Conv2d(48, 96, 3, padding: 1, bias: false), BatchNorm2d(96), ReLU(), MaxPool2d(2),
        Flatten(), Linear(96 * 9, 128, hasBias: false), BatchNorm1d(128), ReLU(), Linear(128, 10));

    /// <summary>How many test images are named rightly, each asked as it is and mirrored.</summary>
    private static long RightByBoth(Module<Tensor, Tensor> network, FashionMnist test)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return new Batches(test.Images, test.Labels).InOrder().Sum(b =>
        {
            using var batch = NewDisposeScope();
            return (network.call(b.Inputs).softmax(1) + network.call(b.Inputs.flip(3)).softmax(1))
                .argmax(1)
                .eq(b.Targets)
                .sum()
                .item<long>();
        });
    }

    private static double MatrixSpeed()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (randn(1024, 1024), randn(1024, 1024));
        double best = 0;
        for (var i = 0; i < 20; i++)
        {
            using var turn = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            a.matmul(b);
            best = Math.Max(best, 2 * Math.Pow(1024, 3) / clock.Elapsed.TotalSeconds / 1e9);
        }
        return best;
    }
}
