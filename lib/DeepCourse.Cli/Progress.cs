using Spectre.Console;

namespace DeepCourse.Cli;

/// <summary>Progress of a few long steps: bars in a terminal, plain lines where the output is none.</summary>
internal sealed class Progress
{
    private readonly ProgressContext? _bars;

    private Progress(ProgressContext? bars) => _bars = bars;

    /// <summary>Whether a person watches.</summary>
    public static bool IsTerminal => !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive;

    public static Task RunAsync(Func<Progress, Task> work) => !IsTerminal ? work(new Progress(null))
        : AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
            new ElapsedTimeColumn(), new SpinnerColumn())
            .StartAsync(bars => work(new Progress(bars)));

    /// <summary>The border of a table: drawn for a terminal, Markdown's for anything else.</summary>
    public static TableBorder Border => IsTerminal ? TableBorder.Rounded : TableBorder.Markdown;

    /// <summary>Prints a table, without wrapping where the output is no terminal.</summary>
    public static void Print(Table table)
    {
        if (!IsTerminal) AnsiConsole.Profile.Width = 500;
        AnsiConsole.Write(table);
    }

    /// <summary>One step whose length nobody knows: a spinner, or a line.</summary>
    public static Task WaitAsync(string what, Func<Task> work)
    {
        if (IsTerminal) return AnsiConsole.Status().StartAsync(what, _ => work());
        Console.WriteLine($"{what} …");
        return work();
    }

    public Line Begin(string name) => new(name, _bars?.AddTask(Markup.Escape(name)));

    internal sealed class Line(string name, ProgressTask? bar)
    {
        public void Cell(int number, int count)
        {
            if (bar is null)
            {
                Console.WriteLine($"{name}  cell {number} of {count}");
                return;
            }
            bar.MaxValue = count;
            bar.Value = number - 1;
            bar.Description = $"{Markup.Escape(name)}  cell {number} of {count}";
        }

        public void End(string result, TimeSpan? elapsed)
        {
            if (bar is null)
            {
                Console.WriteLine($"{name}  {result}{(elapsed is { } time ? $" in {time.TotalSeconds:0.0} s" : "")}");
                return;
            }
            if (result == "ok") bar.Value = bar.MaxValue;
            bar.Description = $"{Markup.Escape(name)}  {result}";
            bar.StopTask();
        }
    }
}
