using System.IO.Compression;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>A folder of NuGet packages made here, each with a class <c>Name.Word</c> whose <c>Text</c> is known.</summary>
internal static class LocalFeed
{
    public static string Create(params (string Name, string Version, string Text)[] packages)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var (name, version, text) in packages)
        {
            using var library = new MemoryStream();
            var tree = CSharpSyntaxTree.ParseText($"namespace {name}; public static class Word {{ public static string Text => \"{text}\"; }}");
            var emitted = CSharpCompilation.Create(name, [tree], [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)], new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(library);
            Assert.True(emitted.Success);
            using var archive = ZipFile.Open(Path.Combine(folder, $"{name}.{version}.nupkg"), ZipArchiveMode.Create);
            using (var stream = archive.CreateEntry($"lib/net10.0/{name}.dll").Open()) stream.Write(library.ToArray());
            using var writer = new StreamWriter(archive.CreateEntry($"{name}.nuspec").Open());
            writer.Write($"<package><metadata><id>{name}</id><version>{version}</version><authors>test</authors><description>test</description></metadata></package>");
        }
        return folder;
    }
}
