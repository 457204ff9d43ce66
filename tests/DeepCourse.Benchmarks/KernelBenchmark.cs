using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using DeepCourse.Notebooks.Jupyter;

namespace DeepCourse.Benchmarks;

/// <summary>
/// <c>kernel</c>: what a student feels at every key press, through the same client for our kernel and, where it is installed, for
/// Python's (ipykernel, with PyTorch for the tensor). The two take turns; medians.
/// </summary>
internal static class KernelBenchmark
{
    private sealed record Language(
        string Name,
        KernelSpec Spec,
        string One,
        string Tensor,
        string Assign,
        string Print,
        string Endless,
        string Complete);

    private static readonly Language Ours = new("ours", KernelSpec.Own(), "1+1", "using static TorchSharp.torch;\nrandn(2, 3)",
        "var v{0} = {0} * 2; v{0}", "for (var i = 0; i < 100000; i++) Console.WriteLine(i);", "while (true) { }", "Console.");

    private static readonly Language Python = new("Python",
        new KernelSpec(["/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "{connection_file}"], "", "",
            new Dictionary<string, string>()),
        "1+1", "import torch\ntorch.randn(2, 3)", "v{0} = {0} * 2; v{0}", "for i in range(100000): print(i)", "while True: pass",
        "str.");

    public static Command Create()
    {
        var runs = new Option<int>("--runs") { Description = "Measurements of each kind.", DefaultValueFactory = _ => 5 };
        var installed = new Option<string?>(
            "--program")
        {
            Description = "The folder of an installed kernel (the argv of its kernel.json); this build's otherwise.",
            HelpName = "DIR"
        };
        var only = new Option<string>("--only")
        {
            Description = "Only the rows whose name contains this text.",
            DefaultValueFactory = _ => "",
            HelpName = "TEXT"
        };
        var command = new Command("kernel", "The kernel's speed and memory beside Python's.") { runs, installed, only };
        command.SetAction((r, _) => RunAsync(r.GetValue(runs), r.GetValue(installed), r.GetValue(only)!));
        return command;
    }

    private static async Task RunAsync(int runs, string? program, string only)
    {
        var ours = program is null ? Ours : Ours with { Spec = KernelSpec.Own(program) };
        Language[] contestants = Works("import ipykernel") ? [ours, Python] : [ours];
        var hasTorch = Works("import torch");
        Console.WriteLine(
            $"{Environment.ProcessorCount} processors; {runs} runs each, in turn; medians. Python's "
                + $"kernel: {(contestants.Length > 1 ? "ipykernel" : "not installed")}, "
                + $"PyTorch: {(hasTorch ? "installed" : "not installed")}");

        (string Name, Language[] Contestants, Func<Language, Task<double>> Measure)[] rows =
        [
            ("start to 1+1, s", contestants, l => StartToAsync(l, l.One)),
            ("start to first tensor, s", hasTorch ? contestants : [ours], l => StartToAsync(l, l.Tensor)),
            ("1+1, 21st to 70th cell, ms", contestants, l => CellAsync(l, TimeSpan.Zero)),
            ("1+1, 10 s later, ms", contestants, l => CellAsync(l, TimeSpan.FromSeconds(10))),
            ("100,000 printed lines, s", contestants, PrintAsync),
            ("interrupt of a loop, ms", contestants, InterruptAsync),
            ("memory after start, MB", contestants, l => MemoryAsync(l, 0)),
            ("memory after 200 cells, MB", contestants, l => MemoryAsync(l, 200)),
        ];
        foreach (var row in rows.Where(r => r.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
            await CompareAsync(row.Name, row.Contestants, runs, row.Measure);
        if (only.Length == 0 || "code".Contains(only, StringComparison.OrdinalIgnoreCase))
            await CellCode.CompareAsync(ours.Spec, runs);
        if (only.Length == 0 || "session".Contains(only, StringComparison.OrdinalIgnoreCase)) await SessionAsync(ours);
    }

    private static async Task CompareAsync(string what, Language[] contestants, int runs, Func<Language, Task<double>> measure)
    {
        var values = contestants.ToDictionary(c => c, _ => new List<double>());
        for (var i = 0; i < runs; i++)
            foreach (var contestant in contestants) values[contestant].Add(await measure(contestant));
        var medians = contestants.Select(c => Median(values[c])).ToList();
        Console.WriteLine(
            $"  {what,-28} {string.Join("   ", contestants.Zip(medians, (c, m) => $"{c.Name} {m,8:0.00}"))}"
                + $"{(medians.Count > 1 ? $"   ratio {medians[0] / medians[1]:0.00}" : "")}");
    }

    private static async Task<double> StartToAsync(Language language, string code)
    {
        var clock = Stopwatch.StartNew();
        await using var kernel = await KernelProcess.StartAsync(language.Spec, Path.GetTempPath());
        await RunAsync(kernel, code);
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>Cells run one right after another from the start of the kernel on; or after a pause like a reader's, in which the
    /// runtime makes the compiler faster.</summary>
    private static async Task<double> CellAsync(Language language, TimeSpan pause)
    {
        await using var kernel = await KernelProcess.StartAsync(language.Spec, Path.GetTempPath());
        for (var i = 0; i < 20; i++) await RunAsync(kernel, language.One);
        if (pause > TimeSpan.Zero)
        {
            for (var i = 0; i < 50; i++) await RunAsync(kernel, language.One);
            await Task.Delay(pause);
        }
        var times = new List<double>();
        for (var i = 0; i < 50; i++)
        {
            var clock = Stopwatch.StartNew();
            await RunAsync(kernel, language.One);
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        return Median(times);
    }

    private static async Task<double> PrintAsync(Language language)
    {
        await using var kernel = await KernelProcess.StartAsync(language.Spec, Path.GetTempPath());
        await RunAsync(kernel, language.One);
        var clock = Stopwatch.StartNew();
        await RunAsync(kernel, language.Print);
        return clock.Elapsed.TotalSeconds;
    }

    private static async Task<double> InterruptAsync(Language language)
    {
        await using var kernel = await KernelProcess.StartAsync(language.Spec, Path.GetTempPath());
        await RunAsync(kernel, language.One);
        var running = kernel.ExecuteAsync(language.Endless, null, (_, _) => { });
        await Task.Delay(500);
        var clock = Stopwatch.StartNew();
        if (language == Python) Process.Start("kill", ["-INT", kernel.Id.ToString()]).Dispose();
        else await kernel.InterruptAsync();
        await running;
        return clock.Elapsed.TotalMilliseconds;
    }

    private static async Task<double> MemoryAsync(Language language, int cells)
    {
        await using var kernel = await KernelProcess.StartAsync(language.Spec, Path.GetTempPath());
        await RunAsync(kernel, language.One);
        for (var i = 0; i < cells; i++)
            await RunAsync(kernel, language.Assign.Replace("{0}", i.ToString(), StringComparison.Ordinal));
        await Task.Delay(2500); // what is loaded ahead has been loaded
        using var process = Process.GetProcessById(kernel.Id);
        return process.WorkingSet64 / 1048576.0;
    }

    /// <summary>One long session: a cell and a completion must not get slower with the number of cells before.</summary>
    private static async Task SessionAsync(Language language)
    {
        await using var kernel = await KernelProcess.StartAsync(language.Spec, Path.GetTempPath());
        var cells = new List<double>();
        for (var i = 0; i < 205; i++)
        {
            var clock = Stopwatch.StartNew();
            await RunAsync(kernel, language.Assign.Replace("{0}", i.ToString(), StringComparison.Ordinal));
            cells.Add(clock.Elapsed.TotalMilliseconds);
            if (i is 49 or 199)
            {
                var (members, names) = (await CompleteAsync(kernel, $"v{i}."), await CompleteAsync(kernel, "v"));
                Console.WriteLine($"  completion at cell {i + 1}: members {members:0} ms, names {names:0} ms");
            }
        }
        double early = Median(cells[8..18]), late = Median(cells[195..205]);
        Console.WriteLine($"  a cell: {early:0.0} ms around the 10th, {late:0.0} ms around the 200th, ratio {late / early:0.00}");
    }

    private static async Task<double> CompleteAsync(KernelProcess kernel, string code)
    {
        var times = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            var clock = Stopwatch.StartNew();
            await kernel.Client.SendAsync(Channel.Shell, "complete_request",
                new JsonObject { ["code"] = code, ["cursor_pos"] = code.Length });
            times.Add(clock.Elapsed.TotalMilliseconds);
        }
        return Median(times);
    }

    private static async Task RunAsync(KernelProcess kernel, string code)
    {
        var reply = await kernel.ExecuteAsync(code, null, (_, _) => { });
        if ((string?)reply["status"] != "ok") throw new InvalidOperationException(reply.ToJsonString());
    }

    private static bool Works(string python)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("/usr/bin/python3", ["-c", python]) { RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
