using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using DeepCourse.Data;
using DeepCourse.Native;
using DeepCourse.Training;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepCourse.Benchmarks;

/// <summary>
/// <c>training</c>: <see cref="Trainer"/> against a loop written by hand over the same batches (in one process, in turn), against
/// the loop of TorchSharp's examples without our tuning (in processes of their own, in turn, since the allocator is tuned once),
/// against PyTorch where Python has it; and the memory of a long training.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Batch = 64, WarmUp = 30;

    private static readonly string[] Networks = ["cnn", "three"];

    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Measurements of each kind.", DefaultValueFactory = _ => 5 };
        var steps = new Option<int>("--steps") { Description = "Steps of a measurement.", DefaultValueFactory = _ => 250 };
        var explore = new Option<bool>(
            "--explore")
        { Description = "What each of the measures gains alone, and what we tried and left out." };
        var child = new Option<string?>("--measure") { Description = "One measurement in this process.", Hidden = true };
        var network = new Option<string>("--network") { Hidden = true, DefaultValueFactory = _ => "cnn" };
        var command = new Command("training",
            "Training speed and memory: Trainer against other loops.") { runs, steps, explore, child, network };
        command.SetAction(r =>
        {
            var (n, s) = (r.GetValue(runs), r.GetValue(steps));
            if (r.GetValue(child) is { } what) Measure(what, r.GetValue(network)!, n, s);
            else if (r.GetValue(explore)) Explore(n, s);
            else Compare(n, s);
        });
        return command;
    }

    private static void Compare(int runs, int steps)
    {
        Console.WriteLine(
            $"Fashion-MNIST, batch {Batch}, {steps} steps, {runs} runs each, in turn, medians; {Environment.ProcessorCount} "
                + $"processors{(Arithmetic.Notice is null ? "" : "; libtorch is kept to older instructions here")}.");
        foreach (var network in Networks)
        {
            Console.WriteLine($"\n{Describe(network)}");
            var pair = Child("pair", network, runs, steps);
            double[] trainer = [.. pair.Where((_, i) => i % 2 == 0)], byHand = [.. pair.Where((_, i) => i % 2 == 1)];
            Report("Trainer, all default callbacks on", trainer, "a loop by hand over the same batches", byHand, "one process");
            List<double> ours = [], raw = [], python = [];
            for (var i = 0; i < runs; i++)
            {
                raw.Add(Child("raw", network, 1, steps, tuned: false)[0]);
                ours.Add(Child("trainer", network, 1, steps)[0]);
                if (Python(network, steps / 4) is { } speed) python.Add(speed.ImagesPerSecond); // a slow one, where it is
            }
            Report("Trainer", ours, "the loop of TorchSharp's examples, untuned", raw, "processes of their own");
            if (python.Count == runs)
                Report("Trainer", ours, $"PyTorch {Python(network, 20)!.Value.Version}", python, "processes of their own");
            else Console.WriteLine("  PyTorch: not on this machine (Debian's package python3-torch).");
        }
        var memory = Child("memory", "cnn", 1, 2_000);
        Console.WriteLine(
            $"\nmemory (resident) after 200 steps {memory[0]:0.0} MB, after 2,000 steps {memory[1]:0.0} "
                + $"MB: {memory[1] / memory[0] - 1:+0.0 %;-0.0 %;0.0 %}");
    }

    private static void Explore(int runs, int steps)
    {
        string[] what = ["hand", "plain", "contiguous", "one-thread", "sgd", "null-gradients", "inplace", "bfloat16", "prefetch"];
        Console.WriteLine(
            $"Loops by hand, batch {Batch}, {steps} steps, {runs} runs each, in turn, medians of the ratios to the first "
                + $"row; {Environment.ProcessorCount} "
                + $"processors{(Arithmetic.Notice is null ? "" : "; libtorch is kept to older instructions here")}.");
        foreach (var network in Networks)
        {
            Console.WriteLine($"\n{Describe(network)}");
            var speeds = what.ToDictionary(w => w, _ => new List<double>());
            for (var i = 0; i < runs; i++)
                foreach (var w in what)
                    speeds[w].Add(Child(w == "plain" ? "hand" : w, network, 1, steps, tuned: w != "plain")[0]);
            foreach (var w in what)
                Console.WriteLine(
                    $"  {Median(speeds[w]),6:0} images/s  {Median([.. speeds[w].Zip(speeds["hand"], (a, b) => a / b)]):0.00} "
                        + $" {Meaning(w)}");
        }
    }

    private static string Meaning(string what) => what switch
    {
        "hand" => "channels last, allocator tuned: what Batches and Libtorch.Load do",
        "plain" => "channels last, glibc's allocator as it is",
        "contiguous" => "channels first",
        "one-thread" => "one thread",
        "sgd" => "SGD with momentum in place of Adam: fewer operations per parameter",
        "null-gradients" => "gradients set to null in place of zero_grad",
        "inplace" => "ReLU in place",
        "bfloat16" => "network and images in bfloat16 (TorchSharp has no autocast)",
        "prefetch" => "batches made on another thread",
        _ => what,
    };

    private static string Describe(string network)
    {
        using var net = Build(network);
        return $"{(network == "cnn"
            ? "two 3×3 convolutions (16, 32) with batch norm"
            : "three 3×3 convolutions of 32 with batch norm")}, {net.parameters().Sum(p => p.numel()):N0} parameters";
    }

    private static Module<Tensor, Tensor> Build(string network, bool inPlace = false)
    {
        random.manual_seed(1);
        int[] channels = network == "cnn" ? [16, 32] : [32, 32, 32];
        var layers = new List<Module<Tensor, Tensor>>();
        for (var i = 0; i < channels.Length; i++)
        {
            layers.AddRange([Conv2d(i == 0 ? 1 : channels[i - 1], channels[i], 3, padding: 1), BatchNorm2d(channels[i]),
                ReLU(inPlace)]);
            if (i < 2) layers.Add(MaxPool2d(2));
        }
        return Sequential([.. layers, Flatten(), Linear(channels[^1] * 49, 10)]);
    }

    /// <summary>One process's measurements, a number a line.</summary>
    private static void Measure(string what, string network, int runs, int steps)
    {
        Libtorch.Load();
        using var data = FashionMnist.Train(Math.Min(60_000, Batch * steps));
        var batches = new Batches(data.Images, data.Labels, Batch, prefetch: what == "prefetch");
        switch (what)
        {
            case "pair":
                ByHand(network, batches, what);
                ByTrainer(network, batches);
                for (var i = 0; i < runs; i++)
                {
                    Print(ByTrainer(network, batches));
                    Print(ByHand(network, batches, what));
                }
                break;
            case "trainer":
                ByHand(network, batches, what, WarmUp);
                Print(ByTrainer(network, batches));
                break;
            case "raw":
                Raw(network, data, WarmUp);
                Print(Raw(network, data, steps));
                break;
            case "memory":
                Memory(network, batches);
                break;
            default:
                if (what == "one-thread") set_num_threads(1);
                ByHand(network, batches, what, WarmUp);
                Print(ByHand(network, batches, what));
                break;
        }

        static void Print(double speed) => Console.WriteLine(speed.ToString("R", CultureInfo.InvariantCulture));
    }

    private static double ByTrainer(string network, Batches batches)
    {
        using var net = Build(network);
        var clock = Stopwatch.StartNew();
        Trainer.Fit(net, batches, epochs: 1, optimizer: optim.Adam(net.parameters(), 1e-3));
        return batches.Count / clock.Elapsed.TotalSeconds;
    }

    private static double ByHand(string network, Batches batches, string what, int? most = null)
    {
        using var net = Build(network, inPlace: what == "inplace");
        if (what == "bfloat16") net.to(ScalarType.BFloat16);
        using optim.Optimizer optimizer = what == "sgd"
            ? optim.SGD(net.parameters(), 1e-2, momentum: 0.9)
            : optim.Adam(net.parameters(), 1e-3);
        List<TorchSharp.Modules.Parameter> parameters = [.. net.parameters()];
        net.train();
        var (clock, step) = (Stopwatch.StartNew(), 0);
        foreach (var batch in batches.Epoch(1))
        {
            if (step++ == most) break;
            using var scope = NewDisposeScope();
            var inputs = what == "contiguous" ? batch.Inputs.as_strided(batch.Inputs.shape, [784, 784, 28, 1]) : batch.Inputs;
            var outputs = what == "bfloat16" ? net.call(inputs.to(ScalarType.BFloat16)).to(ScalarType.Float32) : net.call(inputs);
            var loss = functional.cross_entropy(outputs, batch.Targets);
            if (what == "null-gradients") foreach (var parameter in parameters) parameter.grad = null;
            else optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }
        return (most is null ? batches.Count : step * Batch) / clock.Elapsed.TotalSeconds;
    }

    /// <summary>The loop of TorchSharp's examples: batches that lie ready as tensors, a scope for each, no layout
    /// chosen.</summary>
    private static double Raw(string network, FashionMnist data, int steps)
    {
        using var net = Build(network);
        using var optimizer = optim.Adam(net.parameters(), 1e-3);
        var loss = CrossEntropyLoss();
        List<(Tensor Data, Tensor Labels)> batches = [
            .. Enumerable.Range(0, steps)
                .Select(i => (data.Images.narrow(0, i * Batch, Batch).clone(), data.Labels.narrow(0, i * Batch, Batch).clone()))];
        net.train();
        var clock = Stopwatch.StartNew();
        foreach (var (images, labels) in batches)
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            var output = loss.call(net.call(images), labels);
            output.backward();
            optimizer.step();
        }
        var speed = steps * Batch / clock.Elapsed.TotalSeconds;
        batches.ForEach(b => { b.Data.Dispose(); b.Labels.Dispose(); });
        return speed;
    }

    private static void Memory(string network, Batches batches)
    {
        using var net = Build(network);
        Trainer.Fit(net, batches, epochs: 3, optimizer: optim.Adam(net.parameters(), 1e-3), callbacks: [new Meter()]);
    }

    /// <summary>Prints the resident memory after 200 steps and after 2,000.</summary>
    private sealed class Meter : Callback
    {
        public override void AfterStep(Trainer trainer)
        {
            if (trainer.Step is not (200 or 2_000)) return;
            using var self = Process.GetCurrentProcess();
            Console.WriteLine((self.WorkingSet64 / 1048576.0).ToString(CultureInfo.InvariantCulture));
            if (trainer.Step == 2_000) trainer.Stop("Long enough.");
        }
    }

    private static double[] Child(string what, string network, int runs, int steps, bool tuned = true)
    {
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Benchmarks.dll"), "training", "--measure", what, "--network",
                network, "--runs", $"{runs}", "--steps", $"{steps}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        start.Environment[Allocator.Switch] = tuned ? "on" : "off";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"The measurement '{what}' ended with {process.ExitCode}:\n{error.Result}");
        return [
            .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => double.Parse(l, CultureInfo.InvariantCulture))];
    }

    private static (string Version, double ImagesPerSecond)? Python(string network, int steps)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("/usr/bin/python3",
                    [Path.Combine(AppContext.BaseDirectory, "training.py"), network, $"{steps}"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true
                })!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd().Split(' ');
            process.WaitForExit();
            return process.ExitCode == 0 ? (output[0], double.Parse(output[1], CultureInfo.InvariantCulture)) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static void Report(string a, IReadOnlyList<double> ours, string b, IReadOnlyList<double> theirs, string where) =>
        Console.WriteLine(
            $"  {Median([.. ours.Zip(theirs, (x, y) => x / y)]):0.00} times: {a} {Median(ours):0} "
                + $"images/s, {b} {Median(theirs):0} images/s ({where})");

    private static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);
}
