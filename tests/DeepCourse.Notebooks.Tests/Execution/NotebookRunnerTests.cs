using DeepCourse.Notebooks.Documents;
using DeepCourse.Notebooks.Jupyter;

namespace DeepCourse.Notebooks.Execution;

/// <summary>Notebooks through a real kernel process.</summary>
public sealed class NotebookRunnerTests
{
    private static Notebook Of(params string[] cells) =>
        Notebook.Create(cells.Select((source, i) => Cell.Create("code", $"c{i}", source)));

    private static Task<RunResult> Run(Notebook notebook, TimeSpan? timeout = null) =>
        new NotebookRunner(KernelSpec.Own(), new RunOptions(timeout))
            .RunAsync(notebook, Path.GetTempPath(), cancellation: TestContext.Current.CancellationToken);

    private static string[] Kinds(Cell cell) => [.. cell.Outputs.Select(o => (string)o!["output_type"]!)];

    [Fact]
    public async Task Outputs_of_every_kind_arrive_in_order_and_a_second_run_changes_nothing()
    {
        var notebook = Of(
            "Console.WriteLine(\"out\"); Console.Error.WriteLine(\"err\"); var d = display(1); 42",
            "d.Update(\"changed\"); await Task.Delay(5); Environment.CurrentDirectory",
            "throw new Exception(\"wanted\")");
        notebook.Cells[2].Metadata["tags"] = new System.Text.Json.Nodes.JsonArray("raises-exception");
        var result = await Run(notebook);
        Assert.Null(result.Failure);
        Assert.Equal(["stream", "stream", "display_data", "execute_result"], Kinds(notebook.Cells[0]));
        Assert.Equal("changed", (string?)notebook.Cells[0].Outputs[2]!["data"]!["text/plain"]);
        Assert.Equal(Path.TrimEndingDirectorySeparator(Path.GetTempPath()),
            Path.TrimEndingDirectorySeparator((string)notebook.Cells[1].Outputs[0]!["data"]!["text/plain"]!));
        Assert.Equal(["error"], Kinds(notebook.Cells[2]));
        Assert.Equal([1, 2, 3], notebook.Cells.Select(c => c.ExecutionCount));

        var text = notebook.ToJson();
        Assert.Equal(0, (await Run(notebook)).Changed);
        Assert.Equal(text, notebook.ToJson());
    }

    [Fact]
    public async Task A_failure_names_cell_line_and_message_keeps_what_ran_and_runs_no_more()
    {
        var notebook = Of("var a = 1; a", "var b = 2;\nint.Parse(\"x\");", "3");
        var result = await Run(notebook);
        Assert.Equal((2, 2), (result.Failure!.Number, result.CellsRun));
        Assert.StartsWith("FormatException", result.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("   at cell [2], line 2: int.Parse(\"x\");", result.Failure.Report);
        Assert.Equal(["execute_result"], Kinds(notebook.Cells[0]));
        Assert.Equal(["error"], Kinds(notebook.Cells[1]));
        Assert.Null(notebook.Cells[2].ExecutionCount);
    }

    [Fact]
    public async Task A_cell_that_takes_too_long_is_stopped_and_said_so()
    {
        var result = await Run(Of("Console.WriteLine(\"before\"); while (true) { }"), TimeSpan.FromSeconds(1.5));
        Assert.Contains("took longer than 1.5 s", result.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_dies_is_said_so_with_its_last_words()
    {
        var result = await Run(
            Of("Console.OpenStandardError().Write(\"last words\\n\"u8); System.Diagnostics.Process.GetCurrentProcess().Kill();",
                "1"));
        Assert.Equal((1, "the kernel process ended"), (result.Failure!.Number, result.Failure.Message));
        Assert.Contains("last words", result.Failure.Report);
    }

    [Fact]
    public async Task A_native_exception_does_not_end_the_kernel()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows .NET makes it an exception by itself.");
        var result = await Run(Of("using static TorchSharp.torch;\nones(2, 3).matmul(ones(4, 5))"));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", result.Failure!.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kernel_that_can_t_start_says_why()
    {
        var own = KernelSpec.Own();
        var broken = own with { Command = [own.Command[0], own.Command[1], "kernel", "start", "/no/such/file.json"] };
        var failure = await Assert.ThrowsAsync<KernelDiedException>(() => KernelProcess.StartAsync(broken, Path.GetTempPath(),
            TestContext.Current.CancellationToken));
        Assert.Contains("/no/such/file.json", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Charts_bring_their_library_once_and_say_what_they_show()
    {
        const string chart = "Plotly.NET.CSharp.Chart.Line<int, double, string>(x: new[] { 1, 2, 3 }, y: new[] { 3.0, 1, 2 }, "
            + "Name: \"loss\")";
        var notebook = Of(chart, chart, "1");
        await Run(notebook);
        var sizes = notebook.Cells.Take(2).Select(c => ((string)c.Outputs[0]!["data"]!["text/html"]!).Length).ToList();
        Assert.InRange(sizes[0], 500_000, 700_000);
        Assert.InRange(sizes[1], 1_000, 10_000);
        Assert.Equal("Chart: line “loss”, 3 points, from 3 at 1 to 2 at 3, lowest 1 at 2, highest 3 at 1.",
            (string?)notebook.Cells[0].Outputs[0]!["data"]!["text/plain"]);
        Assert.Equal("loss",
            (string?)notebook.Cells[1].Outputs[0]!["data"]!["application/vnd.plotly.v1+json"]!["data"]![0]!["name"]);
    }
}
