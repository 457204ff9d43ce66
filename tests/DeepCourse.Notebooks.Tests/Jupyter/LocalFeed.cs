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
        foreach (var (name, version, text) in packages) Add(folder, name, version, text);
        return folder;
    }

    /// <summary>Adds a package. Its assembly's version is the package's.</summary>
    public static void Add(string folder, string name, string version, string text, params (string Name, string Version)[] needs)
    {
        using var library = new MemoryStream();
        var tree = CSharpSyntaxTree.ParseText(
            $"[assembly: System.Reflection.AssemblyVersion(\"{version.Split('-')[0]}.0\")] namespace {name} {{ public static "
                + $"class Word {{ public static string Text => \"{text}\"; }} }}");
        var emitted = CSharpCompilation.Create(name, [tree], [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(library);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        using var archive = ZipFile.Open(Path.Combine(folder, $"{name}.{version}.nupkg"), ZipArchiveMode.Create);
        using (var stream = archive.CreateEntry($"lib/net10.0/{name}.dll").Open()) stream.Write(library.ToArray());
        using var writer = new StreamWriter(archive.CreateEntry($"{name}.nuspec").Open());
        var dependencies = string.Concat(needs.Select(n => $"<dependency id=\"{n.Name}\" version=\"{n.Version}\" />"));
        writer.Write(
            $"<package><metadata><id>{name}</id><version>"
                + $"{version}</version><authors>test</authors><description>test</description>"
            + $"<dependencies><group targetFramework=\"net10.0\">{dependencies}</group></dependencies></metadata></package>");
    }
}
