using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// Exceptions that nobody catches, on threads that a cell started, in timers, in finalizers, in <c>async void</c>. They would end
/// the process; they are shown in their cell, on its standard error, and everything is kept.
/// </summary>
internal static class UnhandledExceptions
{
    private static bool s_installed;
    private static volatile ErrorReport? s_report;

    /// <summary>Takes them over, once for the process. <paramref name="report"/>, the latest one's, puts them into
    /// words.</summary>
    public static void Install(ErrorReport report)
    {
        s_report = report;
        if (s_installed) return;
        s_installed = true;
        ExceptionHandling.SetUnhandledExceptionHandler(exception =>
        {
            try
            {
                Show(exception);
            }
            catch (Exception)
            {
                // Whatever it is: the process goes on.
            }
            return true;
        });
        // What a task threw that nobody awaited: known when the task is collected.
        TaskScheduler.UnobservedTaskException += (_, e) =>
        {
            if (!e.Observed) Show(e.Exception);
        };
        // The framework's listener ends the process when an assertion fails.
        Trace.Listeners.Clear();
        Trace.Listeners.Add(new Assertions());
    }

    /// <summary>Shows an exception that has nowhere to go.</summary>
    public static void Show(Exception exception)
    {
        if (exception is AggregateException { InnerExceptions: [var only] }) exception = only;
        if (exception is StoppedException
            || (exception is OperationCanceledException && CellScope.OfCaller is { IsStopped: true })) return;
        var lines = s_report?.Exception(exception).Report ?? [$"{exception.GetType().Name}: {exception.Message}"];
        Console.Error.WriteLine($"Not caught, outside the cell's own course: {string.Join('\n', lines)}");
    }

    private sealed class Assertions : TraceListener
    {
        public override void Write(string? message) => Console.Error.Write(message);

        public override void WriteLine(string? message) => Console.Error.WriteLine(message);

        public override void Fail(string? message, string? detailMessage) =>
            throw new InvalidOperationException(
                $"Assertion failed{(string.IsNullOrEmpty(message) ? "" : $": {message}")}"
                    + $"{(string.IsNullOrEmpty(detailMessage) ? "" : $" {detailMessage}")}");
    }
}
