using System.CommandLine;
using System.Diagnostics;
using DeepCourse.Data;
using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Benchmarks;

/// <summary>
/// <c>vision</c>: what a notebook waits for: Fashion-MNIST from its files, against reading and unpacking the same bytes with
/// nothing else; a kernel over a photograph of 12 megapixels, against libtorch's conv2d on a tensor that is there already. The
/// two take turns; medians.
/// </summary>
internal static class VisionBenchmark
{
    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Measurements of each kind.", DefaultValueFactory = _ => 9 };
        var command = new Command("vision", "Loading Fashion-MNIST, and a kernel over a photograph of 12 megapixels.") { runs };
        command.SetAction(r => Run(r.GetValue(runs)));
        return command;
    }

    private static void Run(int runs)
    {
        Native.Libtorch.Load();
        Compare("70,000 images into tensors", "unpacking the files alone", runs, () =>
        {
            FashionMnist.Train().Dispose();
            FashionMnist.Test().Dispose();
        }, () =>
        {
            foreach (var part in new[] { "train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1" })
            {
                using var file = new System.IO.Compression.GZipStream(
                    File.OpenRead(Datasets.Find($"fashion-mnist/{part}-ubyte.gz")),
                    System.IO.Compression.CompressionMode.Decompress);
                file.CopyTo(Stream.Null);
            }
        });

        random.manual_seed(1);
        using var photograph = rand(1, 3000, 4000);
        var picture = Picture.FromTensor(photograph);
        using var weights = Kernels.Sharpen.ToTensor().reshape(1, 1, 3, 3);
        Compare("3×3 kernel over 12 megapixels", "conv2d", runs,
            () => Convolution.Apply(picture, Kernels.Sharpen, padding: 1).Dispose(), () =>
        {
            using var batch = photograph.unsqueeze(0);
            nn.functional.conv2d(batch, weights, padding: [1, 1]).Dispose();
        });
    }

    private static void Compare(string what, string baseline, int runs, Action ours, Action theirs)
    {
        List<double> a = [], b = [];
        ours();
        theirs();
        for (var i = 0; i < runs; i++)
        {
            a.Add(Measure(ours));
            b.Add(Measure(theirs));
        }
        Console.WriteLine(
            $"{what,-32} {Median(a),7:0.0} ms   {baseline} {Median(b),7:0.0} ms   "
                + $"ratio {Median([.. a.Zip(b, (x, y) => x / y)]):0.00}");
    }

    private static double Measure(Action action)
    {
        var clock = Stopwatch.StartNew();
        action();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
