using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DeepCourse.Notebooks.Documents;
using DeepCourse.Notebooks.Jupyter;

namespace DeepCourse.Notebooks.Execution;

/// <summary>
/// Runs a notebook in a kernel process of its own, over the protocol that VS Code and Jupyter use, and puts the outputs into its
/// cells. All that executes notebooks goes through here.
/// </summary>
public sealed partial class NotebookRunner(KernelSpec spec, RunOptions? options = null)
{
    private static readonly TimeSpan InterruptPatience = TimeSpan.FromSeconds(5);

    private readonly RunOptions _options = options ?? new RunOptions();

    /// <summary>
    /// Runs all code cells of <paramref name="notebook"/>, up to the first that fails (one tagged "raises-exception" may). A
    /// cell's stored outputs are replaced only where they really changed; what ran before a failure is kept.
    /// </summary>
    /// <param name="notebook">The notebook; its cells are changed.</param>
    /// <param name="folder">Where its relative paths begin.</param>
    /// <param name="cellStarts">Called before each cell: its number, from 1, and how many there are.</param>
    /// <param name="cancellation">Ends the run and its kernel.</param>
    /// <exception cref="KernelDiedException">The kernel did not start.</exception>
    public async Task<RunResult> RunAsync(
        Notebook notebook,
        string folder,
        Action<int, int>? cellStarts = null,
        CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        var cells = notebook.CodeCells.ToList();
        await using var kernel = await KernelProcess.StartAsync(spec, folder, cancellation).ConfigureAwait(false);
        var collector = new OutputCollector();
        var fresh = new List<(Cell Cell, JsonArray Outputs, int? Count)>();
        CellFailure? failure = null;
        for (var i = 0; i < cells.Count && failure is null; i++)
        {
            cellStarts?.Invoke(i + 1, cells.Count);
            var outputs = collector.Begin();
            (var count, failure) = await RunCellAsync(kernel, cells[i], i + 1, collector, cancellation).ConfigureAwait(false);
            fresh.Add((cells[i], outputs, count));
        }

        // Compared at the end: a cell's display may be updated by a later one.
        var changed = 0;
        foreach (var (cell, outputs, count) in fresh)
        {
            if (!OutputComparison.AreSame(cell, outputs))
            {
                cell.Outputs = outputs;
                changed++;
            }
            cell.ExecutionCount = count;
        }
        return new RunResult(fresh.Count, changed, clock.Elapsed, failure, kernel.Malformed);
    }

    private async Task<(int? Count, CellFailure? Failure)> RunCellAsync(
        KernelProcess kernel,
        Cell cell,
        int number,
        OutputCollector collector,
        CancellationToken cancellation)
    {
        var run = kernel.ExecuteAsync(cell.Source, cell.Id, collector.Add, cancellation);
        try
        {
            JsonObject reply;
            if (_options.CellTimeout is { } limit)
                try
                {
                    reply = await run.WaitAsync(limit, cancellation).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    await StopAsync(kernel, run).ConfigureAwait(false);
                    return (number, new CellFailure(number, $"took longer than {limit.TotalSeconds:0.#} s (--timeout)", []));
                }
            else reply = await run.ConfigureAwait(false);

            var count = (int?)reply["execution_count"];
            if ((string?)reply["status"] == "ok" || cell.Tags.Contains("raises-exception")) return (count, null);
            var report = (reply["traceback"] as JsonArray ?? []).Select(l => Colour().Replace((string?)l ?? "", "")).ToList();
            return (count,
                new CellFailure(number, $"{(string?)reply["ename"]}: {(string?)reply["evalue"]}".ReplaceLineEndings(" "),
                    report));
        }
        catch (KernelDiedException e)
        {
            return (null, new CellFailure(number, "the kernel process ended", e.Message.Split('\n')));
        }
        catch (InvalidDataException e)
        {
            return (null, new CellFailure(number, e.Message, []));
        }
    }

    private static async Task StopAsync(KernelProcess kernel, Task run)
    {
        try
        {
            await kernel.InterruptAsync().WaitAsync(InterruptPatience).ConfigureAwait(false);
            await run.WaitAsync(InterruptPatience).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or KernelDiedException or InvalidDataException)
        {
            // The process is ended with the run.
        }
    }

    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Colour();
}
