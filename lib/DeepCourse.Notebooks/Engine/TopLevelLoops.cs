using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// Puts a check for interrupts into the loops at a cell's top level. The compiler's own instrumentation does that for every function, and leaves out
/// what a script runs by itself. Nothing is put on a line of its own, so that line numbers stay.
/// </summary>
internal static class TopLevelLoops
{
    private const string Before = "{global::DeepCourse.Notebooks.Engine.Interruption.Check();", After = "}";

    /// <summary>The text with checks; null when there is no such loop.</summary>
    public static string? Instrument(SyntaxTree tree)
    {
        // Inside the functions, lambdas and types of a cell the compiler does it.
        var bodies = tree.GetRoot().DescendantNodes(n => n is CompilationUnitSyntax or GlobalStatementSyntax || n is StatementSyntax and not LocalFunctionStatementSyntax
                || n is ElseClauseSyntax or SwitchSectionSyntax or CatchClauseSyntax or FinallyClauseSyntax)
            .Select(n => n switch
            {
                WhileStatementSyntax s => s.Statement,
                ForStatementSyntax s => s.Statement,
                CommonForEachStatementSyntax s => s.Statement,
                DoStatementSyntax s => s.Statement,
                _ => null,
            })
            .OfType<StatementSyntax>().Where(s => !s.ContainsDiagnostics).ToList();
        if (bodies.Count == 0) return null;

        var text = new StringBuilder(tree.GetText().ToString());
        // From the end to the beginning, so that places found stay where they are; of two that end together the inner one first.
        foreach (var (at, insert, _) in bodies.SelectMany(b => new[] { (b.SpanStart, Before, 0), (b.Span.End, After, b.SpanStart) })
            .OrderByDescending(e => e.Item1).ThenBy(e => e.Item2 == After ? 0 : 1).ThenBy(e => e.Item3))
            text.Insert(at, insert);
        return text.ToString();
    }
}
