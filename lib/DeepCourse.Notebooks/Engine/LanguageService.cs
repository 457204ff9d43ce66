using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Completion;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Host.Mef;
using Microsoft.CodeAnalysis.QuickInfo;
using Microsoft.CodeAnalysis.Text;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// What an editor asks: completion, what a name means, whether a cell is finished. Roslyn has two worlds: scripting runs code,
/// workspaces answer editors. This is the second one, kept in step with the first: a project per cell that compiled, and an empty
/// one at the end for the cell being typed. A request forks only that last document, so that what Roslyn knows of the others
/// stays (forking any other would throw it away, and cell 200 take a second).
/// </summary>
/// <remarks>Not for two threads at once.</remarks>
internal sealed partial class LanguageService
{
    private static readonly CSharpParseOptions ParseOptions = new(Submissions.Language, DocumentationMode.Parse,
        SourceCodeKind.Script, Submissions.Symbols);

    private readonly References _references;
    private Solution _solution;
    private ProjectId? _lastProject;
    private DocumentId _lastDocument = null!;
    private int _count;

    public LanguageService(References references)
    {
        _references = references;
        _solution = new AdhocWorkspace(MefHostServices.DefaultHost, "Notebook").CurrentSolution;
        AddProject();
        _solution = _solution.WithDocumentText(_lastDocument, SourceText.From(CSharpSession.Imports));
        AddProject();
    }

    /// <summary>Makes the first answer, so that the user's first one is quick.</summary>
    public void WarmUp()
    {
        CompleteAsync("Console.", "Console.".Length).GetAwaiter().GetResult();
        InspectAsync("Console", 1).GetAwaiter().GetResult();
    }

    /// <summary>Takes over a cell that was compiled: its variables and types are known from now on.</summary>
    public async Task AddAsync(string code)
    {
        _solution = _solution.WithDocumentText(_lastDocument, SourceText.From(code));
        // Realised now, while nobody waits.
        await _solution.GetProject(_lastProject!)!.GetCompilationAsync().ConfigureAwait(false);
        AddProject();
    }

    /// <summary>What can be written at <paramref name="position"/> (in UTF-16 units) of a cell's text.</summary>
    public async Task<Completions> CompleteAsync(string code, int position, CancellationToken cancellation = default)
    {
        position = Math.Clamp(position, 0, code.Length);
        if (Paths.Complete(code, position) is { } paths) return paths;
        var document = Fork(code);
        var service = CompletionService.GetService(document)!;
        var list = await service.GetCompletionsAsync(document, position, cancellationToken: cancellation).ConfigureAwait(false);
        if (list is null || list.ItemsList.Count == 0) return new Completions(position, position, []);

        var typed = code[Math.Min(list.Span.Start, position)..position];
        // Not Roslyn's own filter: it keeps the best matches alone, and nothing at all right after a dot.
        // Nor what would need a using that is not there.
        var items = list.ItemsList.Where(i => Fits(i, typed) && !i.IsComplexTextEdit)
            .OrderByDescending(i => i.FilterText.StartsWith(typed, StringComparison.Ordinal))
            .ThenByDescending(i => i.FilterText.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .ThenByDescending(i => i.Rules.MatchPriority).ThenBy(i => i.SortText, StringComparer.OrdinalIgnoreCase)
            .Select(i => new Completion(i.Properties.TryGetValue("InsertionText", out var text) ? text : i.DisplayText, Kind(i)))
            .DistinctBy(c => c.Text);
        return new Completions(list.Span.Start, position, [.. items]);
    }

    /// <summary>What stands at <paramref name="position"/>: its signature and documentation; inside a call's parentheses, what it
    /// takes. Null for nothing.</summary>
    public async Task<string?> InspectAsync(string code, int position, CancellationToken cancellation = default)
    {
        position = Math.Clamp(position, 0, code.Length);
        var document = Fork(code);
        var service = QuickInfoService.GetService(document)!;
        // At the end of a name, the name is meant.
        foreach (var at in position > 0 ? new[] { position, position - 1 } : [position])
            if (await service.GetQuickInfoAsync(document, at, cancellation).ConfigureAwait(false) is { } info
                && Text(info) is { Length: > 0 } text) return text;
        return await SignaturesAsync(document, position, cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether a cell's text is finished: "complete", "incomplete" or "invalid".</summary>
    public static string IsComplete(string code)
    {
        var tree = CSharpSyntaxTree.ParseText(code, ParseOptions);
        return !SyntaxFactory.IsCompleteSubmission(tree) ? "incomplete"
            : tree.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error) ? "invalid"
            : "complete";
    }

    private static bool Fits(CompletionItem item, string typed) => typed.Length == 0
        || item.FilterText.StartsWith(typed, StringComparison.OrdinalIgnoreCase)
        || (typed.Length > 1 && char.IsUpper(typed[0])
            && string.Concat(item.FilterText.Where(char.IsUpper)).StartsWith(typed, StringComparison.Ordinal));

    private void AddProject()
    {
        var name = $"Cell{_count++}";
        var project = ProjectId.CreateNewId(name);
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, scriptClassName: name, allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Annotations, metadataReferenceResolver: _references);
        _solution = _solution.AddProject(
            ProjectInfo.Create(project, VersionStamp.Create(), name, name, LanguageNames.CSharp, isSubmission: true,
            parseOptions: ParseOptions, compilationOptions: options, metadataReferences: _references.All,
            projectReferences: _lastProject is null ? [] : [new ProjectReference(_lastProject)]));
        _lastProject = project;
        _lastDocument = DocumentId.CreateNewId(project, name);
        _solution = _solution.AddDocument(DocumentInfo.Create(_lastDocument, name, sourceCodeKind: SourceCodeKind.Script,
            loader: TextLoader.From(TextAndVersion.Create(SourceText.From(""), VersionStamp.Create()))));
    }

    // Only then can what is being typed lie in an assembly that the cells before did not need.
    [GeneratedRegex(@"\b(using|System\.|Microsoft\.)")]
    private static partial Regex NamesANamespace();

    private Document Fork(string code) => _solution
        .WithProjectMetadataReferences(_lastProject!, NamesANamespace().IsMatch(code) ? _references.Everything : _references.All)
        .WithDocumentText(_lastDocument, SourceText.From(code)).GetDocument(_lastDocument)!;

    /// <summary>
    /// The kinds that front-ends draw icons for. A method is a "function", as in IPython: VS Code's extension takes the numbers
    /// of another list and would draw "method" as plain text.
    /// </summary>
    private static string Kind(CompletionItem item) => item.Tags.Select(tag => tag switch
    {
        "Method" or "ExtensionMethod" => "function",
        "Class" or "Record" => "class",
        "Structure" => "struct",
        "Interface" => "interface",
        "Delegate" => "class",
        "Enum" => "enum",
        "EnumMember" => "enumMember",
        "Module" or "Namespace" => "module",
        "Property" => "property",
        "Event" => "event",
        "Field" or "Constant" => "field",
        "Local" or "Parameter" or "RangeVariable" => "variable",
        "Keyword" or "Intrinsic" => "keyword",
        "TypeParameter" => "typeParameter",
        "Operator" => "operator",
        "Snippet" => "snippet",
        _ => null,
    }).OfType<string>().FirstOrDefault() ?? "text";

    private static string Text(QuickInfoItem info) => string.Join("\n\n", info.Sections
        .Where(s =>
            s.Kind is QuickInfoSectionKinds.Description or QuickInfoSectionKinds.DocumentationComments
                or QuickInfoSectionKinds.TypeParameters
            or QuickInfoSectionKinds.AnonymousTypes or QuickInfoSectionKinds.Exception or "ReturnsDocumentationComments"
            or "RemarksDocumentationComments")
        .Select(s => s.Text.Trim()).Where(t => t.Length > 0));

    /// <summary>The overloads of the call around the position, with the parameter that is being written.</summary>
    private static async Task<string?> SignaturesAsync(Document document, int position, CancellationToken cancellation)
    {
        var root = await document.GetSyntaxRootAsync(cancellation).ConfigureAwait(false);
        var model = await document.GetSemanticModelAsync(cancellation).ConfigureAwait(false);
        if (root is null || model is null) return null;
        var list = root.FindToken(Math.Max(0, position - 1)).Parent?.AncestorsAndSelf()
            .OfType<ArgumentListSyntax>()
            .FirstOrDefault(l => l.OpenParenToken.Span.End <= position);
        var methods = list?.Parent switch
        {
            InvocationExpressionSyntax call => model.GetMemberGroup(call.Expression, cancellation).OfType<IMethodSymbol>(),
            ObjectCreationExpressionSyntax creation when model.GetTypeInfo(creation,
                cancellation).Type is INamedTypeSymbol type => type.InstanceConstructors,
            _ => [],
        };
        var written = list?.Arguments.GetSeparators().Count(s => s.Span.End <= position) ?? 0;
        var lines = methods.Where(m => m.DeclaredAccessibility == Accessibility.Public || m.ContainingType.IsScriptClass)
            .Take(20)
            .Select(m =>
        {
            var current = m.Parameters.ElementAtOrDefault(written)?.Name;
            return m.ToDisplayString(Signature) + (current is null ? "" : $"   ← {current}");
        }).ToList();
        return lines.Count == 0 ? null : string.Join('\n', lines);
    }

    private static readonly SymbolDisplayFormat Signature = SymbolDisplayFormat.MinimallyQualifiedFormat;
}
