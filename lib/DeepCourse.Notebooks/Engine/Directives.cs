using System.Reflection;
using System.Text.RegularExpressions;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// The lines of a cell that are for the engine and not for the compiler: <c>#r "nuget: Name, version"</c> and <c>#r "library.dll"</c>. They are carried
/// out, and become comments of the same length, so that lines and columns stay what they are.
/// </summary>
internal sealed partial class Directives(References references, NotebookLoadContext context)
{
    /// <summary>The packages whose assemblies this process runs with, and one assembly of each. Asking for them is satisfied at once.</summary>
    private static readonly Dictionary<string, string> BuiltIn = new(StringComparer.OrdinalIgnoreCase)
    {
        ["DeepCourse"] = "DeepCourse",
        ["TorchSharp"] = "TorchSharp",
        ["TorchSharp-cpu"] = "TorchSharp",
        ["Plotly.NET"] = "Plotly.NET",
        ["Plotly.NET.CSharp"] = "Plotly.NET.CSharp",
        ["Plotly.NET.Interactive"] = "Plotly.NET", // what it adds, charts that show themselves, is built in
        ["SkiaSharp"] = "SkiaSharp",
        ["FSharp.Core"] = "FSharp.Core",
        ["Microsoft.DotNet.Interactive.Formatting"] = "Microsoft.DotNet.Interactive.Formatting",
    };

    /// <summary>Carries out the directives of <paramref name="code"/> and returns what is left for the compiler.</summary>
    /// <exception cref="DirectiveException">One of them can't be carried out.</exception>
    public string Apply(string code)
    {
        if (!code.Contains('#', StringComparison.Ordinal)) return code;
        var lines = code.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var match = ReferenceLine().Match(lines[i]);
            if (!match.Success) continue;
            var target = match.Groups["target"].Value.Trim();
            if (target.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase)) ReferencePackage(target["nuget:".Length..], i + 1);
            else ReferenceLibrary(target, i + 1);
            var mark = lines[i].IndexOf('#', StringComparison.Ordinal);
            lines[i] = string.Concat(lines[i].AsSpan(0, mark), "//", lines[i].AsSpan(Math.Min(mark + 2, lines[i].Length)));
        }
        return string.Join('\n', lines);
    }

    private static void ReferencePackage(string package, int line)
    {
        var parts = package.Split(',', StringSplitOptions.TrimEntries);
        var (name, version) = (parts[0], parts.Length > 1 ? parts[1] : "");
        if (!BuiltIn.TryGetValue(name, out var assembly))
            throw new DirectiveException($"The package {name} is not one of those built into this kernel ({string.Join(", ", BuiltIn.Keys)}). Download its library and refer to it: #r \"path/to/{name}.dll\"", line);

        var present = References.LoadBuiltIn(assembly).GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        if (version.Length > 0 && !version.Contains('*', StringComparison.Ordinal) && version != present && !name.EndsWith(".Interactive", StringComparison.OrdinalIgnoreCase))
            Console.Error.WriteLine($"{name} {version} was asked for; this kernel has {present} built in and uses that.");
    }

    private void ReferenceLibrary(string target, int line)
    {
        var path = Path.GetFullPath(target);
        if (!File.Exists(path))
        {
            var name = Path.GetFileNameWithoutExtension(target);
            if (target == Path.GetFileName(target) && References.IsBuiltIn(name)) path = References.LoadBuiltIn(name).Location;
            else throw new DirectiveException($"There is no file {path}. Give a path that starts at the notebook's folder, or a full one.", line);
        }
        try
        {
            references.Add(path);
            context.AddLibrary(path);
        }
        catch (BadImageFormatException)
        {
            throw new DirectiveException($"{path} is not a .NET library. (Native libraries are found by name beside the .NET library that uses them.)", line);
        }
        catch (IOException e)
        {
            throw new DirectiveException($"{path} can't be read: {e.Message}", line);
        }
    }

    [GeneratedRegex("""^\s*#r\s+"(?<target>[^"]+)"\s*;?\s*(//.*)?\r?$""")]
    private static partial Regex ReferenceLine();
}
