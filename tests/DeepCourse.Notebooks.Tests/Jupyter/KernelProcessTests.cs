using DeepCourse.Native;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>What only a kernel process of its own can show: its surroundings, its end, its threads.</summary>
public sealed class KernelProcessTests
{
    [Fact]
    public async Task Cultures_are_there_by_name_and_the_default_is_the_same_everywhere()
    {
        Assert.SkipUnless(Icu.IsInstalled, "needs ICU, which this machine does not have");
        await using var kernel = await RawKernel.StartAsync(
            new Dictionary<string, string> { ["LANG"] = "de_DE.UTF-8", ["LC_ALL"] = "de_DE.UTF-8" });
        await kernel.Run("using System.Globalization;");
        Assert.Equal("1.234,5", await kernel.Value("(1234.5).ToString(\"N1\", new CultureInfo(\"de-DE\"))"));
        Assert.Equal("2", await kernel.Value("\"é\".Normalize(NormalizationForm.FormD).Length"));
        Assert.Equal("$1,234.50", await kernel.Value("(1234.5).ToString(\"C\", CultureInfo.GetCultureInfo(\"en-US\"))"));
        Assert.Equal("True", await kernel.Value("string.Compare(\"a\", \"B\", StringComparison.InvariantCulture) < 0"));
        await kernel.Run("CultureInfo.CurrentCulture = new CultureInfo(\"de-DE\");");
        Assert.Equal("1,5 1,5", await kernel.Value("$\"{1.5} \" + await Task.Run(() => (1.5).ToString())"));
        await kernel.Run("CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;");
        Assert.Equal("|1.5|1.5",
            await kernel.Value("$\"{CultureInfo.CurrentCulture.Name}|{1.5}|\" + await Task.Run(() => (1.5).ToString())"));
    }

    [Fact]
    public async Task Without_ICU_the_kernel_starts_all_the_same()
    {
        await using var kernel = await RawKernel.StartAsync(new Dictionary<string, string> { [Icu.Switch] = "1" });
        Assert.Equal("2", await kernel.Value("1 + 1"));
        Assert.Equal("False", await kernel.Value("DeepCourse.Native.Icu.IsUsed"));
    }

    [Fact]
    public async Task Stop_and_the_next_cell_get_through_though_cells_keep_every_thread_of_the_pool_busy()
    {
        await using var kernel = await RawKernel.StartAsync();
        await kernel.Run("var kept = 3; for (var i = 0; i < 200; i++) Task.Run(() => { while (true) { } });");
        Assert.Equal("3", await kernel.Value("kept"));
        var running = await kernel.Start("Console.WriteLine(\"started\"); Parallel.For(0, 1000, i => { while (true) { } });");
        await kernel.Ask("interrupt_request", [], Channel.Control);
        Assert.Equal("Interrupted", (string?)(await running).Reply["ename"]);
        Assert.Equal("3", await kernel.Value("kept"));
    }

    [Fact]
    public async Task A_shutdown_right_after_the_first_tensor_leaves_no_words()
    {
        for (var i = 0; i < 3; i++)
        {
            await using var kernel = await RawKernel.StartAsync();
            await kernel.Run("TorchSharp.torch.ones(2)");
            await kernel.Client.SendAsync(Channel.Control, "shutdown_request",
                new System.Text.Json.Nodes.JsonObject { ["restart"] = false })
                .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            await kernel.Process.WaitForExitAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            Assert.Equal(0, kernel.Process.ExitCode);
            Assert.DoesNotContain(kernel.Errors,
                e => e.Contains("Exception", StringComparison.Ordinal) || e.Contains("could not", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_folder_that_is_gone_is_an_error_of_the_cell_that_needs_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps a folder that a process works in.");
        var folder = Directory.CreateTempSubdirectory().FullName;
        await using var kernel = await RawKernel.StartAsync(folder: folder);
        await kernel.Run("var kept = 1;");
        Directory.Delete(folder);
        foreach (var code in new[] { "#r \"some.dll\"", "#r \"nuget: Some.Package, 1.0.0\"", "#load \"some.csx\"" })
        {
            var (reply, outputs) = await kernel.Run(code);
            Assert.Equal("error", (string?)reply["status"]);
            Assert.Single(outputs, o => o.Type == "error");
        }
        Assert.Equal("1", await kernel.Value("kept"));
    }

    [Fact]
    public async Task An_idle_kernel_uses_no_processor()
    {
        await using var kernel = await RawKernel.StartAsync();
        await kernel.Run("var ticks = 0;");
        // What is prepared in the first pause has its time; other tests may delay it.
        for (var i = 0; i < 60; i++)
        {
            kernel.Process.Refresh();
            var before = kernel.Process.TotalProcessorTime;
            await Task.Delay(1000, TestContext.Current.CancellationToken);
            kernel.Process.Refresh();
            if ((kernel.Process.TotalProcessorTime - before).TotalMilliseconds <= 20) return;
        }
        Assert.Fail("It never rests.");
    }
}
