using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DeepCourse.Native;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepCourse.Benchmarks;

/// <summary>
/// <c>native</c>: training speed with the allocator tuned against the same with glibc's defaults. The switch works at a process's
/// start, so every measurement is a process of its own; the two take turns, so that a machine that changes its speed changes it
/// for both.
/// </summary>
internal static class NativeBenchmark
{
    private const int Batch = 64, Channels = 32, WarmUp = 20, Steps = 150;

    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Measurements of each kind.", DefaultValueFactory = _ => 5 };
        var child = new Option<bool>("--measure") { Description = "One measurement in this process.", Hidden = true };
        var command = new Command("native", "Training speed with and without the tuning of the allocator.") { runs, child };
        command.SetAction(r =>
        {
            if (r.GetValue(child)) Console.WriteLine(Measure().ToString(CultureInfo.InvariantCulture));
            else Compare(r.GetValue(runs));
        });
        return command;
    }

    private static void Compare(int runs)
    {
        Console.WriteLine(
            $"Three 3×3 convolutions of {Channels} channels with batch norm, 28×28 inputs, batch {Batch}, {Steps} steps; {runs} "
                + $"runs each, in turn; {Environment.ProcessorCount} processors");
        List<double> tuned = [], plain = [];
        for (var i = 0; i < runs; i++)
        {
            plain.Add(MeasureInChild("off"));
            tuned.Add(MeasureInChild("on"));
            Console.WriteLine($"  run {i + 1}: {plain[^1]:0} images/s as glibc does it, {tuned[^1]:0} images/s tuned");
        }
        Console.WriteLine(
            $"median: {Median(plain):0} and {Median(tuned):0} images/s; tuned "
                + $"is {Median([.. tuned.Zip(plain, (t, p) => t / p)]):0.00} times as fast (median of the pairs)");
    }

    private static double MeasureInChild(string tuning)
    {
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Benchmarks.dll"), "native",
                "--measure"])
        { RedirectStandardOutput = true };
        start.Environment[Allocator.Switch] = tuning;
        using var process = Process.Start(start)!;
        return double.Parse(process.StandardOutput.ReadToEnd(), CultureInfo.InvariantCulture);
    }

    private static double Measure()
    {
        Libtorch.Load();
        random.manual_seed(1);
        using var net = Sequential(
            ("conv1", Conv2d(1, Channels, 3, padding: 1)), ("norm1", BatchNorm2d(Channels)), ("relu1", ReLU()),
            ("pool1", MaxPool2d(2)),
            ("conv2", Conv2d(Channels, Channels, 3, padding: 1)), ("norm2", BatchNorm2d(Channels)), ("relu2", ReLU()),
            ("pool2", MaxPool2d(2)),
            ("conv3", Conv2d(Channels, Channels, 3, padding: 1)), ("norm3", BatchNorm2d(Channels)), ("relu3", ReLU()),
            ("flatten", Flatten()), ("head", Linear(Channels * 7 * 7, 10)));
        using var optimizer = optim.Adam(net.parameters(), 1e-3);
        using var images = randn(Batch, 1, 28, 28);
        using var labels = randint(10, Batch);
        var clock = new Stopwatch();
        for (var step = 0; step < WarmUp + Steps; step++)
        {
            if (step == WarmUp) clock.Start();
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            functional.cross_entropy(net.call(images), labels).backward();
            optimizer.step();
        }
        return Steps * Batch / clock.Elapsed.TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
