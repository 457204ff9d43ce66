using System.Collections.Immutable;
using System.Reflection;
using DeepCourse.Notebooks.Formatting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;
using Microsoft.DotNet.Interactive;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// Compiles cells, each as a Roslyn submission that sees those before it, and keeps their state. Submissions of our own rather
/// than
/// <c>CSharpScript</c>: that one gives no state back for a cell that throws or is interrupted, and a student who stops a training
/// wants the model.
/// </summary>
internal sealed class Submissions(References references, NotebookLoadContext context)
{
    /// <summary>What the assemblies that cells become are called, before session and number.</summary>
    internal const string AssemblyPrefix = "Cell-";

    /// <summary>The C# of the SDK that this is made for; the compiler at hand may know a newer one, in which what students write
    /// means something else.</summary>
    internal const LanguageVersion Language = LanguageVersion.CSharp14;

    private static readonly CSharpParseOptions ParseOptions = new(Language, DocumentationMode.None, SourceCodeKind.Script,
        Symbols);

    /// <summary>What the SDK defines for a program.</summary>
    internal static IEnumerable<string> Symbols =>
        ["TRACE", "RELEASE", "NET", "NETCOREAPP",
            .. Enumerable.Range(5, Environment.Version.Major - 4).Select(v => $"NET{v}_0_OR_GREATER"),
            $"NET{Environment.Version.Major}_0"];

    private static readonly EmitOptions EmitOptions = new(debugInformationFormat: DebugInformationFormat.PortablePdb);

    /// <summary>What the compiler says of a type, namespace, member or base type that is in none of the references.</summary>
    private static readonly HashSet<string> MissingNames = ["CS0012", "CS0103", "CS0234", "CS0246", "CS0400", "CS0518", "CS0656",
        "CS1061", "CS1069", "CS1929", "CS7069", "CS8179"];

    /// <summary>Without unsafe code, until a cell has some: with it the compiler looks in all references for the attributes that
    /// such an assembly gets.</summary>
    private CSharpCompilationOptions _options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)
        .WithOptimizationLevel(OptimizationLevel.Release)
        .WithConcurrentBuild(false) // a cell is small: handing its parts to other threads costs more than it saves
        .WithMetadataReferenceResolver(references)
        .WithSourceReferenceResolver(new SourceFileResolver([], Directory.GetCurrentDirectory())) // #load
        .WithMetadataImportOptions(MetadataImportOptions.Public)
        .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]);

    private readonly string _session = Guid.NewGuid().ToString("N");
    private CSharpCompilation? _latest, _next;
    // a submission has those of the one before it; giving them again costs time
    private ImmutableArray<MetadataReference> _references, _nextReferences;
    private object?[] _states = new object?[64];
    private int _count;

    /// <summary>A compiled cell, ready to run. Running it may assign variables and then throw: what it assigned is
    /// kept.</summary>
    /// <param name="Assembly">The name of the assembly that it became; null when it has no code.</param>
    /// <param name="Symbols">The assembly's symbols; null when it has none.</param>
    /// <param name="Start">Runs the cell; the result is its last expression's value.</param>
    /// <param name="Shows">Whether that result is the value of an expression that the cell ends in, and to be shown: null too,
    /// unless the expression has no value.</param>
    internal sealed record Compiled(
        string? Assembly,
        MemoryStream? Symbols,
        Func<Task<object?>> Start,
        Func<object?, bool> Shows);

    /// <summary>Compiles <paramref name="code"/>, whose file name in stack traces and messages is
    /// <paramref name="path"/>.</summary>
    /// <returns>The cell; or null and the errors.</returns>
    public (Compiled? Cell, IReadOnlyList<Diagnostic> Errors) Compile(string code, string path, CancellationToken cancellation)
    {
        var tree = Parse(code, path, cancellation);
        Prepare();
        var compilation = _next!.AddSyntaxTrees(tree);

        // Symbols, a tenth of the work, say in which line something is; a cell of one line needs none.
        MemoryStream image = new();
        var symbols = code.Contains('\n') || code.Contains("#load", StringComparison.Ordinal) ? new MemoryStream() : null;
        var emitted = compilation.Emit(image, symbols, options: EmitOptions, cancellationToken: cancellation);
        var errors = emitted.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        if (!_options.AllowUnsafe && errors.Any(e => e.Id == "CS0227"))
        {
            (_options, _next) = (_options.WithAllowUnsafe(true), null);
            return Compile(code, path, cancellation);
        }
        if (errors.Any(e => MissingNames.Contains(e.Id)))
        {
            var wide = CSharpCompilation.CreateScriptCompilation(compilation.AssemblyName!, tree, references.Everything, _options,
                _latest, typeof(object));
            var left = wide.GetDiagnostics(cancellation).Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
            if (left.Count == 0
                && wide.GetUsedAssemblyReferences(cancellation).Except(references.All).ToList() is { Count: > 0 } needed)
            {
                references.Add(needed);
                return Compile(code, path, cancellation);
            }
            if (left.Count > 0) (compilation, errors) = (wide, left);
        }
        if (errors.Count > 0) return (null, errors);

        (_latest, _next) = (compilation, null);
        _count++;
        _references = references.All;
        // A cell of nothing but usings or comments is right, has no code, and is not emitted.
        if (!emitted.Success) return (new Compiled(null, null, () => Task.FromResult<object?>(null), _ => false), []);
        var entry = compilation.GetEntryPoint(cancellation)!;
        if (Instrumentation.IsNeeded(tree)) (image, symbols) = Instrumentation.Apply(image, symbols);
        image.Position = 0;
        symbols?.Position = 0;
        var assembly = context.LoadCell(compilation.AssemblyName!, image, symbols);
        var type = assembly.GetType(entry.ContainingType.MetadataName, throwOnError: true)!;
        var factory = type.GetMethod(entry.MetadataName, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!
            .CreateDelegate<Func<object?[], Task<object?>>>();
        if (_count + 1 >= _states.Length) Array.Resize(ref _states, _states.Length * 2);
        var states = _states;
        var last = LastExpression(tree);
        return (new Compiled(compilation.AssemblyName, symbols, () => factory(states),
            result => result is not DisplayedValue && (result is not null || (last is not null && !IsVoid(last, compilation)))),
            []);
    }

    /// <summary>Does what the next cell's compilation needs and what its text has no part in, so that nobody waits for it then: a
    /// sixth of the whole. Nothing, when that is done.</summary>
    public void Prepare()
    {
        if (_next is not null && _nextReferences == references.All) return;
        _nextReferences = references.All;
        _next = Next();
        _ = _next.Assembly; // binds the references; a compilation with another tree keeps them
        if (_latest is null || _references == references.All || KeepsSymbols(_latest, _next)) return;
        _latest = Renew(_latest);
        _references = references.All;
        _next = Next();
        _ = _next.Assembly;

        CSharpCompilation Next() => CSharpCompilation.CreateScriptCompilation($"{AssemblyPrefix}{_session}-{_count}", null,
            _references == references.All ? [] : references.All, _options, _latest, typeof(object));
    }

    /// <summary>
    /// Whether the compiler knows the assemblies of <paramref name="earlier"/> by the same symbols in <paramref name="later"/>.
    /// It makes new ones where an assembly, or one that it refers to, has been put in the place of another, or has come later
    /// than what refers to it: then no value of earlier cells would have the type that it has.
    /// </summary>
    private static bool KeepsSymbols(CSharpCompilation earlier, CSharpCompilation later)
    {
        var kept = later.SourceModule.ReferencedAssemblySymbols.ToHashSet<ISymbol>(ReferenceEqualityComparer.Instance);
        return earlier.SourceModule.ReferencedAssemblySymbols.All(kept.Contains);
    }

    /// <summary>All cells so far, understood anew with the references of now. What they became, and their values, stay.</summary>
    private CSharpCompilation Renew(CSharpCompilation latest)
    {
        var previous = latest.ScriptCompilationInfo?.PreviousScriptCompilation is { } earlier ? Renew(earlier) : null;
        var renewed = CSharpCompilation.CreateScriptCompilation(latest.AssemblyName!, latest.SyntaxTrees.FirstOrDefault(),
            references.All, latest.Options, previous, typeof(object));
        renewed.Emit(Stream.Null); // gives types without a name the names that they have
        return renewed;
    }

    /// <summary>The variables of all cells, the latest of each name: names alone for "who", a table with types and values for
    /// "whos".</summary>
    public string DescribeVariables(string how)
    {
        var variables = new SortedDictionary<string, (string Type, object? Value)>(StringComparer.Ordinal);
        foreach (var state in _states.Where(s => s is not null))
            foreach (var field in state!.GetType()
                .GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                if (!field.Name.StartsWith('<')) variables[field.Name] = (Name(field.FieldType), field.GetValue(state));
        if (variables.Count == 0) return "There are no variables yet.";
        if (how == "who") return string.Join('\t', variables.Keys);
        var (names, types) = (variables.Keys.Max(n => n.Length), variables.Values.Max(v => v.Type.Length));
        return string.Join('\n',
            variables.Select(v =>
                $"{v.Key.PadRight(names)}  {v.Value.Type.PadRight(types)} "
                    + $" {Short(ValueFormatter.Format(v.Value.Value, "text/plain").PlainText)}"));

        static string Short(string text) => text.Split('\n')[0] is { Length: > 60 } line ? line[..60] + "…" : text.Split('\n')[0];

        static string Name(Type type) =>
            type.IsGenericType
                ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
                : type.Name;
    }

    private static SyntaxTree Parse(string code, string path, CancellationToken cancellation) =>
        CSharpSyntaxTree.ParseText(SourceText.From(code, System.Text.Encoding.UTF8), ParseOptions, path, cancellation);

    private static ExpressionSyntax? LastExpression(SyntaxTree tree) =>
        tree.GetRoot() is CompilationUnitSyntax { Members: [.., GlobalStatementSyntax { Statement: var last }] }
            && last is ExpressionStatementSyntax { SemicolonToken.IsMissing: true, Expression: var expression }
            ? expression
            : null;

    private static bool IsVoid(ExpressionSyntax expression, CSharpCompilation compilation) =>
        compilation.GetSemanticModel(expression.SyntaxTree).GetTypeInfo(expression).Type is null
            or { SpecialType: SpecialType.System_Void };
}
