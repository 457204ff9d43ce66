using System.CommandLine;
using System.Diagnostics;
using DeepCourse.Models;
using DeepCourse.Summaries;
using static TorchSharp.torch;

namespace DeepCourse.Benchmarks;

/// <summary><c>models</c>: what a large network's table costs without its weights, and its weights beyond themselves.</summary>
internal static class ModelsBenchmark
{
    public static Command Create()
    {
        var command = new Command("models",
            "Time and memory of VGG-16's and ResNet-152's tables, and of loading ResNet-152 from a file.");
        command.SetAction(_ => Run());
        return command;
    }

    private static void Run()
    {
        Native.Libtorch.Load();
        using (var warm = ones(1)) warm.add(1).Dispose();
        Measure("table of VGG-16", () => Vgg16.Create(device: META).Summary(3, 224, 224));
        Measure("table of ResNet-152", () => ResNet152.Create(device: META).Summary(3, 224, 224));

        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "resnet152.safetensors");
        using (var random = ResNet152.Create()) random.SaveWeights(path);
        var network = ResNet152.Create(device: META);
        Measure($"ResNet-152 from a file of {new FileInfo(path).Length / 1048576.0:0} MB", () => network.LoadWeights(path));
        File.Delete(path);
    }

    /// <summary>In this process, after libtorch was loaded: the first call, as a reader meets it.</summary>
    private static void Measure(string what, Action action)
    {
        using var process = Process.GetCurrentProcess();
        var before = process.WorkingSet64;
        var clock = Stopwatch.StartNew();
        action();
        var elapsed = clock.Elapsed;
        process.Refresh();
        Console.WriteLine(
            $"  {what,-40} {elapsed.TotalSeconds,6:0.00} s   {(process.WorkingSet64 - before) / 1048576.0,6:0} MB more");
    }
}
