using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepCourse.Notebooks.Engine;

/// <summary>A type is one type, whatever is referenced when.</summary>
public sealed class TypeIdentityTests : SessionTest
{
    [Fact]
    public async Task A_tensor_stays_a_tensor_whatever_assembly_a_later_cell_needs()
    {
        await Value(
            "using TorchSharp; var t = torch.ones(2); Func<torch.Tensor, float> sum = x => x.sum().item<float>(); record "
                + "Pair(torch.Tensor A, int B);");
        await Value("var pair = new Pair(t, 1);");
        string[] cells =
        [
            "Enumerable.Range(0, 9).AsParallel().Sum()",
            "new System.Data.DataTable().Columns.Count",
            "new System.Net.Http.HttpClient().Timeout.TotalSeconds",
            "new System.Text.RegularExpressions.Regex(\"a\").IsMatch(\"a\")",
            "System.Xml.Linq.XDocument.Parse(\"<a/>\").Root.Name.LocalName",
            "System.Diagnostics.Process.GetCurrentProcess().Id > 0",
            "System.Text.Json.JsonDocument.Parse(\"{}\").RootElement.ValueKind",
            "System.Numerics.Tensors.TensorPrimitives.Sum<float>([1f, 2f])",
            "Plotly.NET.CSharp.Chart.Point<int, int, string>(x: new[] { 1 }, y: new[] { 2 })",
            "new System.Net.Mail.MailAddress(\"a@b.c\").Host",
            "System.IO.Pipes.PipeDirection.In",
            "new System.Threading.Channels.BoundedChannelOptions(3).Capacity",
            "System.Formats.Asn1.AsnEncodingRules.DER",
        ];
        foreach (var cell in cells)
        {
            await Value(cell);
            Assert.Equal("2", await Value("torch.sum(t).item<float>()"));
            Assert.Equal("2 2 1", await Value("$\"{sum(t)} {pair.A.sum().item<float>()} {new Pair(t, 1).B}\""));
        }
    }

    [Fact]
    public async Task A_typing_error_shows_itself_and_nothing_else()
    {
        await Value("using TorchSharp; var t = torch.ones(2);");
        var (result, _) = await Run("torch.sum(t).item<float>() + nothing");
        Assert.Equal(["(1,30): error CS0103: The name 'nothing' does not exist in the current context"],
            result.Error!.Report.Where(l => l.StartsWith('(')));
        (result, _) = await Run("torch.sum(t).itm()");
        Assert.StartsWith("(1,14): error CS1061", Assert.Single(result.Error!.Report, l => l.StartsWith('(')),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_library_whose_own_reference_comes_later_keeps_its_types_and_their_values()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var apart = Directory.CreateTempSubdirectory().FullName; // not beside it, where it would be found
        var basis = Library(Path.Combine(apart, "Basis.dll"), "namespace Basis; public class Thing { public int Size = 3; }");
        var upper = Library(Path.Combine(folder, "Upper.dll"),
            "namespace Upper; public class Own { public int Count = 4; public Basis.Thing Make() => new(); public static int "
                + "Of(Own own) => own.Count; }", basis);
        await Value($"#r \"{upper}\"\nvar own = new Upper.Own(); var named = new {{ own.Count, Word = \"w\" }};");
        Assert.Equal("4", await Value("Upper.Own.Of(own)"));
        await Value($"#r \"{basis}\"");
        Assert.Equal("4 3", await Value("$\"{Upper.Own.Of(own)} {own.Make().Size}\""));
        Assert.Equal("4 w", await Value("$\"{named.Count} {named.Word}\""));
    }

    [Fact]
    public async Task A_library_s_file_may_have_another_name_than_the_library()
    {
        var renamed = Library(Path.Combine(Directory.CreateTempSubdirectory().FullName, "Inside.dll"),
            "namespace Inside; public static class Word { public static int Five => 5; }");
        var path = Path.Combine(Path.GetDirectoryName(renamed)!, "outside.dll");
        File.Move(renamed, path);
        Assert.Equal("5", await Value($"#r \"{path}\"\nInside.Word.Five"));
    }

    [Fact]
    public async Task The_language_is_the_SDK_s_C_sharp_and_what_the_SDK_defines_is_defined()
    {
        Assert.Equal("14.0", CSharpSession.LanguageVersion);
        Assert.Equal("3", await Value("var union = 3; union"));
        var (result, _) = await Run("var extension = \"a\"; extension.Length");
        Assert.Contains(result.Error!.Report, l => l.Contains("@extension", StringComparison.Ordinal));
        Assert.Equal("yes", await Value("#if NET10_0_OR_GREATER && TRACE\nvar has = \"yes\";\n#endif\nhas"));
    }

    internal static string Library(string path, string code, params string[] references)
    {
        var emitted = CSharpCompilation.Create(Path.GetFileNameWithoutExtension(path), [CSharpSyntaxTree.ParseText(code)],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location),
                .. references.Select(r => MetadataReference.CreateFromFile(r))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(path);
        Assert.True(emitted.Success);
        return path.Replace('\\', '/');
    }
}
