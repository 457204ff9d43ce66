using System.Diagnostics;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using Microsoft.CodeAnalysis;

namespace DeepCourse.Notebooks.Engine;

/// <summary>Turns compiler messages and exceptions into what a reader of the notebook needs: where in which cell, and what to
/// do.</summary>
internal sealed class ErrorReport
{
    private const int MostFrames = 20;

    private readonly Dictionary<string, (string Label, string[] Lines)> _cells = [];
    private readonly Dictionary<string, (string Path, MemoryStream? Symbols)> _assemblies = [];

    /// <summary>Remembers a cell's text, to quote lines from. Returns the file name under which compiler and stack traces know
    /// it.</summary>
    public string Remember(int number, string code)
    {
        var path = $"cell-{_cells.Count + 1}.csx";
        _cells[path] = ($"cell [{number}]", code.Split('\n'));
        return path;
    }

    /// <summary>The cell of that path became an assembly of that name; <paramref name="symbols"/> say which line of it something
    /// is, where it has more than one.</summary>
    public void Locate(string assembly, string path, MemoryStream? symbols) => _assemblies[assembly] = (path, symbols);

    /// <summary>The compiler's errors: <c>(line,column): error CS…: message</c>, each with its line and a caret below the
    /// place.</summary>
    public CellError Compile(IReadOnlyList<Diagnostic> errors)
    {
        const int most = 20;
        var lines = new List<string>();
        foreach (var error in errors.Take(most))
        {
            var span = error.Location.GetMappedLineSpan();
            var (line, column) = (span.StartLinePosition.Line + 1, span.StartLinePosition.Character + 1);
            lines.Add($"({line},{column}): error {error.Id}: {error.GetMessage()}");
            if (Quote(span.Path, line) is not { } text) continue;
            var hint = Hints.ForCompiler(error.Id, error.GetMessage(), text);
            var width = span.EndLinePosition.Line == span.StartLinePosition.Line
                ? Math.Max(1, span.EndLinePosition.Character - span.StartLinePosition.Character)
                : 1;
            lines.Add($"    {text}");
            lines.Add(
                $"    {new string([.. text.Take(column - 1).Select(c => c == '\t' ? '\t' : ' ')])}"
                    + $"{new string('^', Math.Min(width, Math.Max(1, text.Length - column + 1)))}");
            if (hint is not null && !lines.Contains(hint)) lines.Add(hint);
        }
        if (errors.Count > most) lines.Add($"… and {errors.Count - most} more.");
        var first = errors[0];
        return new CellError(first.Id, first.GetMessage(), first.Location.GetMappedLineSpan().StartLinePosition.Line + 1, lines);
    }

    /// <summary>A directive that could not be carried out.</summary>
    public CellError Directive(DirectiveException e, string path) =>
        new("Directive", e.Message, e.Line,
            [$"({e.Line},1): error: {e.Message}", .. Quote(path, e.Line) is { } text ? [$"    {text}"] : Array.Empty<string>()]);

    /// <summary>What kept a cell from being compiled at all: a folder that is gone, a program that does not start, or a fault of
    /// this engine's.</summary>
    public static CellError OfEngine(Exception e)
    {
        var message = e switch
        {
            IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception =>
                $"The cell was not run: {e.Message}",
            _ =>
                "The cell was not run, because the compiler or the kernel met an error of its own "
                    + $"({e.GetType().Name}: {e.Message}) Variables are kept. Write it in another way, and please report it.",
        };
        return new CellError(e.GetType().Name, message, null,
            [$"{e.GetType().Name}: {message}",
                .. e is IOException ? Array.Empty<string>() : (e.StackTrace ?? "").Split('\n').Take(5).Select(l => l.TrimEnd())]);
    }

    /// <summary>An exception, with the user's own lines of its stack trace, and those of the exceptions inside it.</summary>
    public CellError Exception(Exception exception)
    {
        var shown = Unwrap(exception);
        var lines = new List<string>();
        int? at = null;
        for (var e = shown; e is not null; e = e.InnerException is { } inner ? Unwrap(inner) : null)
        {
            lines.Add($"{(lines.Count == 0 ? "" : "caused by ")}{e.GetType().Name}: {Message(e)}");
            if (Hints.ForRuntime(e) is { } hint) lines.Add(hint);
            // Lines are looked up for what is shown alone: a recursion without end has 100,000 frames.
            var all = new StackTrace(e, fNeedFileInfo: false).GetFrames();
            var frames = all.Where(f => Assembly(f) is { } name && _assemblies.ContainsKey(name)).ToList();
            foreach (var frame in frames.Take(MostFrames))
            {
                if (Place(frame) is not var (file, line) || !_cells.TryGetValue(file, out var cell)) continue;
                // The just-in-time compiler lets all array indices of a method fail at one place: a wrong line would be worse
                // than none.
                if (e is IndexOutOfRangeException && cell.Lines.Length > 1
                    && all.TakeWhile(f => f != frame)
                        .All(f => f.GetMethod()?.DeclaringType?.Name.StartsWith("ThrowHelper", StringComparison.Ordinal) == true))
                {
                    lines.Add($"   at {cell.Label}{Function(frame.GetMethod())}, at one of its array indices");
                    continue;
                }
                at ??= line;
                lines.Add($"   at {cell.Label}, line {line}{Function(frame.GetMethod())}: {Quote(file, line)?.Trim()}");
            }
            if (frames.Count > MostFrames) lines.Add($"   … and {frames.Count - MostFrames} more");
        }
        return new CellError(shown.GetType().Name, Message(shown), at, lines);
    }

    private static string? Assembly(StackFrame frame) => frame.GetMethod()?.Module.Assembly.GetName().Name;

    /// <summary>The file and line that a frame of a cell is in; null for what has no line.</summary>
    private (string File, int Line)? Place(StackFrame frame)
    {
        var (path, symbols) = _assemblies[Assembly(frame)!];
        if (symbols is null) return (path, 1);
        symbols.Position = 0;
        using var provider = MetadataReaderProvider.FromPortablePdbStream(symbols, MetadataStreamOptions.LeaveOpen);
        var reader = provider.GetMetadataReader();
        var method = MetadataTokens.MethodDefinitionHandle(frame.GetMethod()!.MetadataToken & 0xFFFFFF);
        var all = reader.GetMethodDebugInformation(method).GetSequencePoints().Where(p => !p.IsHidden).ToList();
        // a function's first look at the guard comes before its first line
        var points = all.Where(p => p.Offset <= frame.GetILOffset()).DefaultIfEmpty(all.FirstOrDefault()).ToList();
        // The compiler may have put a folder before the name.
        return all.Count == 0
            ? null
            : (Path.GetFileName(reader.GetString(reader.GetDocument(points[^1].Document).Name)), points[^1].StartLine);
    }

    private string? Quote(string? path, int line) =>
        _cells.TryGetValue(path ?? "", out var cell) && line >= 1 && line <= cell.Lines.Length
            ? cell.Lines[line - 1].TrimEnd()
            : null;

    private static Exception Unwrap(Exception e) => e switch
    {
        AggregateException { InnerExceptions: [var only] } => Unwrap(only),
        TargetInvocationException { InnerException: { } inner } => Unwrap(inner),
        _ => e,
    };

    /// <summary>libtorch appends a C++ stack trace to its messages, which helps nobody here.</summary>
    private static string Message(Exception e)
    {
        var end = e.Message.IndexOf("\nException raised from ", StringComparison.Ordinal);
        return (end < 0 ? e.Message : e.Message[..end]).TrimEnd();
    }

    /// <summary>The user's function that a frame is in; nothing for the cell itself.</summary>
    private static string Function(MethodBase? method)
    {
        if (method is null) return "";
        // A cell's own code is in Submission#N.<<Initialize>>d__0.MoveNext; an async function's in <Name>d__N.MoveNext; a local
        // one is <Outer>g__Name|0_0; a lambda <Outer>b__0.
        var name = method.Name == "MoveNext" && method.DeclaringType is { } machine ? machine.Name : method.Name;
        if (name.Contains(">b__", StringComparison.Ordinal)) return ", in a lambda";
        var local = name.IndexOf("g__", StringComparison.Ordinal);
        if (local >= 0) name = name[(local + 3)..name.IndexOf('|', local)];
        else if (name.Contains("<Initialize>", StringComparison.Ordinal) || name.Contains("<Factory>", StringComparison.Ordinal))
            return "";
        else if (name.StartsWith('<') && name.IndexOf('>') is > 1 and var close) name = name[1..close];
        if (name.Contains('<')) return ", in a lambda";
        if (method.Name == ".ctor") name = "new " + method.DeclaringType?.Name;
        return $", in {name}";
    }
}
