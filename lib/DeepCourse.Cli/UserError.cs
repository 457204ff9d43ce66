using System.CommandLine;
using DeepCourse.Notebooks.Documents;
using DeepCourse.Notebooks.Jupyter;
using Spectre.Console;

namespace DeepCourse.Cli;

/// <summary>What a user did wrong, or what the machine lacks, as one message on standard error and exit code 1. No stack trace
/// for that.</summary>
internal static class UserError
{
    public static void OnError(this Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (result, cancellation) =>
    {
        try
        {
            return await action(result, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Print("Stopped.");
            return 130;
        }
        catch (Exception e) when (e is InvalidNotebookException or KernelDiedException or InvalidDataException or IOException
            or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            Print(e.Message);
            return 1;
        }
    });

    public static void Print(string message)
    {
        var error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        error.Profile.Width = Console.IsErrorRedirected ? int.MaxValue / 2 : error.Profile.Width;
        error.Write(new Text($"error: {message}\n", new Style(Color.Red)));
    }
}
