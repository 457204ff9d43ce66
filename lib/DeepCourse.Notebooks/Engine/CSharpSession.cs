using System.Diagnostics;
using DeepCourse.Native;
using DeepCourse.Notebooks.Formatting;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// A C# session: cells run one after another, each sees what those before it declared, also those that threw or were interrupted.
/// Knows nothing of Jupyter or of sockets.
/// </summary>
public sealed class CSharpSession
{
    /// <summary>What every cell may use without saying so, as in other C# notebooks.</summary>
    internal const string Imports = """
        using System;
        using System.Collections;
        using System.Collections.Generic;
        using System.IO;
        using System.Linq;
        using System.Text;
        using System.Threading;
        using System.Threading.Tasks;
        using Microsoft.DotNet.Interactive;
        using static DeepCourse.Notebooks.Engine.CellFunctions;
        """;

    /// <summary>The version of C# that cells are written in, such as "14.0".</summary>
    public static string LanguageVersion { get; } = Submissions.Language.ToDisplayString();

    private readonly Libraries _libraries = new();
    private readonly References _references;
    private readonly NotebookLoadContext _context;
    private readonly Submissions _submissions;
    private readonly Directives _directives;
    private readonly ErrorReport _errors = new();
    private readonly Lazy<LanguageService> _language;
    private volatile CellThread _thread;
    private volatile CancellationTokenSource? _interrupt;
    private volatile CellScope? _scope;

    /// <summary>Starts a session. The first cell is quicker after <see cref="WarmUp"/>.</summary>
    public CSharpSession()
    {
        _thread = new CellThread(GiveUpThread);
        _references = new References(_libraries);
        _context = new NotebookLoadContext(_libraries);
        _submissions = new Submissions(_references, _context);
        _directives = new Directives(_libraries, _references, new Packages(), _submissions.DescribeVariables);
        _language = new Lazy<LanguageService>(() => new LanguageService(_references));
        ConsoleWriter.Install();
        Surroundings.Cell = () => CellScope.Current is { } cell ? (cell.Key, cell.Number) : ("", 0);
        Surroundings.IsStop = StoppedException.Is;
        ValueFormatter.Install();
        UnhandledExceptions.Install(_errors);
        NativeFailures.Install(OnNativeFailure);
    }

    /// <summary>Completion and the like. It knows only the cells that it is given, and is not for two threads at once.</summary>
    internal LanguageService Language => _language.Value;

    /// <summary>Compiles and runs the session's own first cell, which loads what the first one of the user's would wait
    /// for.</summary>
    public void WarmUp()
    {
        // Most of it is the just-in-time compiler's work, and there are two things to do that need not wait for one another.
        const string first = "1 + 1";
        var (importsPath, firstPath) = (_errors.Remember(0, Imports), _errors.Remember(0, first));
        var value = Task.Run(() =>
        {
            var (cell, _) = new Submissions(_references, _context).Compile(first, firstPath, default);
            return _thread.Run(_ => cell!.Start());
        });
        var (imports, errors) = _submissions.Compile(Imports, importsPath, default);
        if (imports is null) throw new InvalidOperationException($"The session's own imports do not compile: {errors[0]}");
        Prepare();
        value.GetAwaiter().GetResult();
    }

    /// <summary>Begins to compile the next cell before it is there, while the user looks at the last one's result.</summary>
    internal void Prepare() => _submissions.Prepare();

    /// <summary>Runs a cell and waits for its end. Its exceptions are part of the result. One at a time.</summary>
    /// <param name="code">The cell's text.</param>
    /// <param name="number">The number that a notebook shows beside the cell; stack traces name it.</param>
    /// <param name="output">Where its console output and displayed values go.</param>
    /// <param name="input">Whom to ask for a line of text; null when nobody is there.</param>
    /// <param name="cellId">The cell's id, when the front-end gives it.</param>
    /// <param name="compiled">Called with the cell's text when it has compiled and is about to run.</param>
    public CellResult Run(
        string code,
        int number,
        ICellOutput output,
        ICellInput? input = null,
        string? cellId = null,
        Action<string>? compiled = null)
    {
        // Waits rather than awaits: what follows an await needs the thread pool, which cells may keep busy for ever.
        var scope = new CellScope(output, input, number, cellId ?? code);
        scope.Enter();
        _scope = scope;
        LoadAhead(code);
        using var interrupt = new CancellationTokenSource();
        _interrupt = interrupt;
        try
        {
            return Run(scope, code, compiled, interrupt.Token);
        }
        finally
        {
            _interrupt = null;
        }
    }

    /// <inheritdoc cref="Run(string, int, ICellOutput, ICellInput, string, Action{string})"/>
    /// <remarks>Does not wait.</remarks>
    public Task<CellResult> RunAsync(
        string code,
        int number,
        ICellOutput output,
        ICellInput? input = null,
        string? cellId = null) =>
        Task.Factory.StartNew(() => Run(code, number, output, input, cellId), CancellationToken.None,
            TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>
    /// A cell that speaks of torch will soon want it: it is loaded (0.4 s, 150 MB) while the cell waits or is compiled, and not
    /// for those who never do. Does not wait.
    /// </summary>
    internal static void LoadAhead(string code)
    {
        if (s_torchIsLoading || !code.Contains("torch", StringComparison.OrdinalIgnoreCase)) return;
        s_torchIsLoading = true;
        _ = Task.Run(() =>
        {
            try
            {
                Libtorch.Load();
                TorchThread.IsLoaded = true;
            }
            catch (PlatformNotSupportedException)
            {
                // Said by the first call that needs it.
            }
        });
    }

    private static volatile bool s_torchIsLoading;

    private CellResult Run(CellScope scope, string code, Action<string>? compiled, CancellationToken interrupt)
    {
        var path = _errors.Remember(scope.Number, code);
        Submissions.Compiled? cell;
        var clock = Stopwatch.StartNew();
        Directives.Result directed;
        try
        {
            directed = _directives.ApplyAsync(code, interrupt).GetAwaiter().GetResult();
            (cell, var errors) = _submissions.Compile(directed.Code, path, interrupt);
            if (cell is null) return new CellResult(CellStatus.Error, Error: _errors.Compile(errors));
            if (cell.Assembly is { } assembly) _errors.Locate(assembly, path, cell.Symbols);
            compiled?.Invoke(directed.Code);
        }
        catch (DirectiveException e)
        {
            return new CellResult(CellStatus.Error, Error: _errors.Directive(e, path));
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return NotBegun;
        }
        catch (Exception e)
        {
            return new CellResult(CellStatus.Error, Error: ErrorReport.OfEngine(e));
        }

        if (_thread.IsSpent) _thread = new CellThread(GiveUpThread, _thread);
        MimeBundle? value = null;
        try
        {
            var ended = _thread.Run(async token =>
            {
                scope.Enter();
                interrupt.ThrowIfCancellationRequested(); // it came between compiling and running
                (Interruption.Token, Interruption.IsHandled) = (token, false);
                var result = await cell.Start();
                if (cell.Shows(result)) value = ValueFormatter.Format(result);
            }).GetAwaiter().GetResult();
            if (directed.IsTimed) scope.Output.Write($"Wall time: {clock.Elapsed.TotalMilliseconds:0} ms\n", isError: false);
            return ended ? new CellResult(CellStatus.Ok, value) : Interrupted;
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            return Interrupted;
        }
        catch (Exception e)
        {
            return new CellResult(CellStatus.Error, Error: _errors.Exception(e));
        }
    }

    /// <summary>Stops the cell that is compiled or runs. Variables keep what they were given. Returns whether there was one; does
    /// not wait.</summary>
    public bool Interrupt()
    {
        var interrupt = _interrupt;
        if (interrupt is null) CellScope.StopAll();
        else _scope?.Stop();
        try
        {
            interrupt?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended.
        }
        return _thread.Interrupt() || interrupt is not null;
    }

    internal static CellResult Interrupted { get; } = new(CellStatus.Interrupted,
        Error: new CellError("Interrupted", "The cell was interrupted.", null,
        ["The cell was interrupted. Variables keep what it had assigned."]));

    private static CellResult NotBegun { get; } = new(CellStatus.Interrupted,
        Error: new CellError("Interrupted", "The cell was interrupted.", null,
        ["The cell was interrupted before it began: nothing of it has run."]));

    private void OnNativeFailure(string message)
    {
        if (_thread.IsCurrent) GiveUpThread(new NativeException(message));
        else Console.Error.WriteLine($"A native library failed on a thread of its own, which was stopped: {message}");
    }

    /// <summary>The thread of the cells, which calls this, never comes back: its cell ends with <paramref name="failure"/>, and
    /// the next one gets another thread.</summary>
    private void GiveUpThread(Exception failure)
    {
        var lost = _thread;
        _thread = new CellThread(GiveUpThread, lost);
        lost.Abandon(failure);
    }
}
