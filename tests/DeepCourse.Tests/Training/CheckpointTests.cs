using System.Diagnostics;
using DeepCourse.Data;
using DeepCourse.Models;
using DeepCourse.Vision;
using DeepCourse.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

[Collection(nameof(Alone))]
public sealed class CheckpointTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("deepcourse-checkpoint-");

    private string File => Path.Combine(_folder.FullName, "run.safetensors");

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A training in which all has a state: dropout, batch norm, augmentation, a schedule, early stopping, and a last
    /// batch that is smaller.</summary>
    private static (float[] Weights, History History) Train(
        Func<IEnumerable<Parameter>, optim.Optimizer> optimizer,
        IEnumerable<Callback> more,
        int epochs = 6,
        CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Practice.Stripes(150);
        using var network = Practice.Network();
        using var stopping = new EarlyStopping(patience: 3);
        using var made = optimizer(network.parameters());
        var history = Trainer.Fit(network, new Batches(images, labels, 16, augmentation: new Augmentation().Flip().Shift(1)),
            Practice.InBatches(60, 2), epochs, made, callbacks: [stopping, .. more], cancellation: cancellation);
        return (Practice.Weights(network), history);
    }

    private static optim.Optimizer Make(string name, IEnumerable<Parameter> p) => name switch
    {
        "sgd" => optim.SGD(p, 0.05),
        "momentum" => optim.SGD(p, 0.02, momentum: 0.9, nesterov: true),
        "adam" => optim.Adam(p, 5e-3),
        "amsgrad" => optim.Adam(p, 5e-3, amsgrad: true),
        "adamw" => optim.AdamW(p, 5e-3),
        "rmsprop" => optim.RMSProp(p, 1e-3),
        _ => throw new ArgumentException(name),
    };

    [Theory]
    [InlineData("sgd"), InlineData("momentum"), InlineData("adam")]
    [InlineData("amsgrad"), InlineData("adamw"), InlineData("rmsprop")]
    public void Interrupted_at_any_steps_and_resumed_it_ends_with_the_same_weights(string optimizer)
    {
        Func<IEnumerable<Parameter>, optim.Optimizer> make = p => Make(optimizer, p);
        var whole = Train(make, [Schedule.OneCycle(0.01)]);
        Assert.Equal(6 * 10, whole.History.StepLosses.Count);
        foreach (var (stops, every) in new[] { (new[] { 3, 17, 18, 44 }, 1), ([10, 30], 7), ([25], 1000), ([59], 1) })
        {
            System.IO.File.Delete(File);
            var end = (Weights: Array.Empty<float>(), History: new History());
            foreach (var stop in stops.Append(int.MaxValue))
            {
                using var source = new CancellationTokenSource();
                end = Train(make,
                    [Schedule.OneCycle(0.01), new Checkpoint(File, everySteps: every, resume: true),
                        new Practice.Does(afterStep: t => { if (t.Step == stop) source.Cancel(); })], cancellation: source.Token);
            }
            Assert.Equal(whole.Weights, end.Weights);
            Assert.Equal(whole.History.StepLosses, end.History.StepLosses);
            Assert.Equal(whole.History.Columns, end.History.Columns);
            foreach (var column in whole.History.Columns.Where(c => c != Measured.Seconds))
                Assert.Equal(whole.History[column], end.History[column]);
            Assert.Equal(whole.History.Message, end.History.Message);
        }
    }

    [Fact]
    public void TorchSharp_s_own_schedulers_go_on_where_they_were()
    {
        Callback Scheduler() => new SchedulerOf(o => optim.lr_scheduler.StepLR(o, 2, 0.3));
        var whole = Train(p => optim.Adam(p, 0.01), [Scheduler()]);
        using var source = new CancellationTokenSource();
        Train(p => optim.Adam(p, 0.01),
            [Scheduler(), new Checkpoint(File, everySteps: 1),
                new Practice.Does(afterStep: t => { if (t.Step == 33) source.Cancel(); })], cancellation: source.Token);
        var end = Train(p => optim.Adam(p, 0.01), [Scheduler(), new Checkpoint(File, resume: true)]);
        Assert.Equal([0.01, 0.01, 0.003, 0.003, 0.0009, 0.0009],
            end.History[Measured.LearningRate].Select(r => Math.Round(r, 8)));
        Assert.Equal(whole.Weights, end.Weights);
    }

    [Fact]
    public async Task A_process_that_is_killed_anywhere_loses_nothing_that_matters()
    {
        var whole = Train(p => optim.Adam(p, 5e-3), [], epochs: 200);
        var random = new Random(5);
        var kills = 0;
        while (true)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!,
                ["-method", $"{typeof(CheckpointTests).FullName}.{nameof(Child)}", "-explicit",
                    "only"])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
                start.ArgumentList.Insert(0, typeof(CheckpointTests).Assembly.Location);
            start.Environment["DEEPCOURSE_TEST_CHECKPOINT"] = File;
            using var child = Process.Start(start)!;
            var output = child.StandardOutput.ReadToEndAsync();
            var error = child.StandardError.ReadToEndAsync();
            // From its first step in this life on, at a random moment; the fifth life may end by itself.
            var before = Stamp();
            while (!child.HasExited && Stamp() == before) Thread.Sleep(5);
            if (kills < 4 && !child.WaitForExit(random.Next(0, 400)))
            {
                child.Kill();
                kills++;
            }
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (child.ExitCode == 0) break;
            Assert.True(kills is > 0 and <= 4, $"{await output}\n{await error}");
        }
        Assert.True(kills >= 1, "it was too fast to be killed");
        Assert.Equal(whole.Weights,
            System.IO.File.ReadAllBytes(File + ".weights").Chunk(4).Select(b => BitConverter.ToSingle(b)));

        DateTime Stamp() => System.IO.File.Exists(File) ? System.IO.File.GetLastWriteTimeUtc(File) : default;
    }

    /// <summary>The process that is killed: it trains, with a checkpoint after every step, and leaves its weights.</summary>
    [Fact(Explicit = true)]
    public void Child()
    {
        var file = Environment.GetEnvironmentVariable("DEEPCOURSE_TEST_CHECKPOINT");
        Assert.SkipWhen(file is null, "is run by another test");
        var (weights, _) = Train(p => optim.Adam(p, 5e-3), [new Checkpoint(file!, everySteps: 1, resume: true)], epochs: 200);
        System.IO.File.WriteAllBytes(file + ".weights", [.. weights.SelectMany(BitConverter.GetBytes)]);
    }

    [Fact]
    public void A_training_that_was_finished_is_not_done_again()
    {
        var first = Train(p => optim.Adam(p, 5e-3), [new Checkpoint(File)]);
        var steps = 0;
        var again = Train(p => optim.Adam(p, 5e-3),
            [new Checkpoint(File, resume: true), new Practice.Does(afterStep: _ => steps++)]);
        Assert.Equal(0, steps);
        Assert.Equal(first.Weights, again.Weights);
    }

    [Fact]
    public void Weights_can_be_taken_out_of_it()
    {
        using var scope = NewDisposeScope();
        Train(p => optim.Adam(p, 5e-3), [new Checkpoint(File)]);
        using var file = WeightsFile.Open(File);
        Assert.Equal([6, 1, 3, 3], file.Tensors["model.conv.weight"].Shape);
        Assert.Contains("model.norm.running_var", file.Tensors.Keys);
    }

    [Fact]
    public void A_file_that_does_not_fit_is_told_with_the_way_out_and_kept()
    {
        void Says(string what, Func<IEnumerable<Parameter>, optim.Optimizer> optimizer, int epochs = 6)
        {
            var before = System.IO.File.ReadAllBytes(File);
            var e = Assert.Throws<WeightsException>(() => Train(optimizer, [new Checkpoint(File, resume: true)], epochs: epochs));
            Assert.Contains(what, e.Message, StringComparison.Ordinal);
            Assert.Equal(before, System.IO.File.ReadAllBytes(File));
        }
        optim.Optimizer Adam(IEnumerable<Parameter> p) => optim.Adam(p, 5e-3);
        Train(Adam, [new Checkpoint(File)]);
        Says("- optimizer: Adam (rate 0.005, ", p => optim.SGD(p, 0.1, momentum: 0.9));
        Says("has done 6 epochs already, and 5 are asked for", Adam, epochs: 5);
        var whole = System.IO.File.ReadAllBytes(File);
        System.IO.File.WriteAllBytes(File, whole[..^100]);
        Says("truncated", Adam);
        System.IO.File.WriteAllText(File, "no such file");
        Says(File, Adam);
        using (var scope = NewDisposeScope())
        using (var network = Practice.Network())
        {
            network.SaveWeights(File);
            Says("holds weights, but no training to go on with", Adam);
            System.IO.File.WriteAllBytes(File, whole);
            Assert.Contains("- training data: 150×1×8×8 in batches of 16",
                Assert.Throws<WeightsException>(() => Trainer.Fit(network, Practice.InBatches(160),
                    callbacks: [new Checkpoint(File, resume: true)])).Message, StringComparison.Ordinal);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => new Checkpoint(File, everyEpochs: 0));
    }
}
