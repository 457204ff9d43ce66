using System.CommandLine;
using DeepCourse.Native;
using DeepCourse.Notebooks.Documents;
using DeepCourse.Notebooks.Execution;
using DeepCourse.Notebooks.Jupyter;
using Spectre.Console;

namespace DeepCourse.Cli;

/// <summary><c>deepcourse run</c>: executes notebooks.</summary>
internal static class RunCommand
{
    private sealed record Outcome(string Name, int Cells, RunResult? Result, string? Error, bool Written)
    {
        public bool Failed => Error is not null || Result?.Failure is not null;
    }

    public static Command Create()
    {
        var paths = new Argument<string[]>("path")
        {
            Description = "Notebooks, or folders of them.",
            DefaultValueFactory = _ => ["notebooks"],
            Arity = ArgumentArity.ZeroOrMore
        };
        var output = new Option<string?>("--output",
            "-o")
        {
            Description = "Write the executed notebooks into this folder and leave the sources alone.",
            HelpName = "DIR"
        };
        var timeout = new Option<double?>("--timeout",
            "-t")
        { Description = "How long one cell may take, in seconds.", HelpName = "SECONDS" };
        timeout.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<double?>() is <= 0) r.AddError("--timeout needs a number of seconds above 0.");
        });
        var keepGoing = new Option<bool>("--keep-going", "-k") { Description = "Run the other notebooks when one has failed." };
        var command = new Command("run", """
            Executes notebooks, each in a kernel process of its own, and stores their outputs.

            A notebook is written only when an output really changed. When a cell fails, what ran is kept,
            the cells after it are not run, and the exit code is 1.
            """) { paths, output, timeout, keepGoing };
        command.OnError((r, cancellation) => RunAsync(r.GetValue(paths)!, r.GetValue(output), r.GetValue(timeout),
            r.GetValue(keepGoing), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        string[] paths,
        string? output,
        double? timeout,
        bool keepGoing,
        CancellationToken cancellation)
    {
        var files = paths.SelectMany(Find).ToList();
        if (Arithmetic.Notice is { } notice) Console.WriteLine(notice);
        var runner = new NotebookRunner(KernelSpec.Own(),
            new RunOptions(timeout is { } seconds ? TimeSpan.FromSeconds(seconds) : null));
        var width = files.Max(f => f.Name.Length);
        var outcomes = new List<Outcome>();

        await Progress.RunAsync(async progress =>
        {
            foreach (var (path, name) in files)
            {
                var line = progress.Begin(name.PadRight(width));
                var outcome = await RunOneAsync(runner, path, name, output, line, cancellation).ConfigureAwait(false);
                line.End(outcome.Failed ? "failed" : "ok", outcome.Result?.Elapsed);
                outcomes.Add(outcome);
                if (outcome.Failed && !keepGoing) break;
            }
        }).ConfigureAwait(false);

        PrintTable(files, outcomes);
        foreach (var outcome in outcomes.Where(o => o.Result?.Warning is not null))
            Console.Error.WriteLine($"{outcome.Name}: {outcome.Result!.Warning}");
        foreach (var outcome in outcomes.Where(o => o.Failed)) PrintFailure(outcome);
        return outcomes.Any(o => o.Failed) ? 1 : 0;
    }

    private static async Task<Outcome> RunOneAsync(
        NotebookRunner runner,
        string path,
        string name,
        string? output,
        Progress.Line line,
        CancellationToken cancellation)
    {
        Notebook notebook;
        try
        {
            notebook = Notebook.Load(path);
        }
        catch (InvalidNotebookException e)
        {
            return new Outcome(name, 0, null, e.Message, false);
        }
        var cells = notebook.CodeCells.Count();
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var result = await runner.RunAsync(notebook, folder, line.Cell, cancellation).ConfigureAwait(false);
        var target = output is null ? path : Path.Combine(output, name);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        return new Outcome(name, cells, result, null, notebook.Save(target));
    }

    private static IEnumerable<(string Path, string Name)> Find(string path)
    {
        if (File.Exists(path)) return [(path, Path.GetFileName(path))];
        if (!Directory.Exists(path))
            throw new FileNotFoundException($"There is no file or folder '{path}' here ({Directory.GetCurrentDirectory()}).");
        var found = Directory.EnumerateFiles(path, "*.ipynb", SearchOption.AllDirectories)
            .Select(f => (Path: f, Name: Path.GetRelativePath(path, f)))
            .Where(f => !f.Name.Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.')))
            .OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : throw new FileNotFoundException($"There is no notebook (*.ipynb) in '{path}'.");
    }

    private static void PrintTable(List<(string Path, string Name)> files, List<Outcome> outcomes)
    {
        var table = new Table().Border(Progress.Border);
        table.AddColumn("notebook")
            .AddColumn(new TableColumn("cells").RightAligned())
            .AddColumn(new TableColumn("seconds").RightAligned())
            .AddColumn("result");
        foreach (var (_, name) in files)
        {
            var outcome = outcomes.Find(o => o.Name == name);
            var seconds = outcome?.Result?.Elapsed.TotalSeconds.ToString("0.0") ?? "";
            var (cells, result, color) = outcome switch
            {
                null => ("", "not run", Color.Grey),
                { Error: not null } => ("", "not a notebook", Color.Red),
                { Result.Failure: { } failure } =>
                    ($"{outcome.Result.CellsRun} of {outcome.Cells}", $"failed in cell {failure.Number}", Color.Red),
                { Written: true } => ($"{outcome.Cells}", "ok, outputs written", Color.Green),
                _ => ($"{outcome.Cells}", "ok, outputs as stored", Color.Green),
            };
            table.AddRow(new Text(name), new Text(cells), new Text(seconds), new Text(result, new Style(color)));
        }
        Progress.Print(table);
    }

    private static void PrintFailure(Outcome outcome)
    {
        if (outcome.Error is { } error)
        {
            UserError.Print(error);
            return;
        }
        var failure = outcome.Result!.Failure!;
        UserError.Print($"{outcome.Name}, cell {failure.Number}: {failure.Message}");
        foreach (var line in failure.Report) Console.Error.WriteLine($"    {line}");
    }
}
