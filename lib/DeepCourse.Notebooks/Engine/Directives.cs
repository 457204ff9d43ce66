using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.DotNet.Interactive;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// The lines of a cell that are for the engine and not for the compiler. They are carried out, and become comments of the same
/// length, so that lines and columns stay what they are.
/// </summary>
internal sealed partial class Directives(
    Libraries libraries,
    References references,
    Packages packages,
    Func<string, string> describeVariables)
{
    /// <summary>What there is, for <c>#!lsmagic</c> and for the message about what there is not.</summary>
    private const string Known = """
        #r "nuget: Name, 1.2.3"   a NuGet package; without a version the newest, 1.* and *-* work too
        #i "nuget: URL"           a further NuGet feed
        #r "path/Library.dll"     a .NET library
        #load "file.csx"          the code of a file
        #!time                    how long the cell took
        #!who, #!whos             the variables; with types and values
        #!lsmagic                 this list
        #!csharp, #!c#            nothing: all cells are C#
        Name?                     what a name means
        """;

    /// <summary>The packages whose assemblies this process runs with, and one assembly of each. Asking for them is satisfied at
    /// once.</summary>
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
        ["Microsoft.DotNet.Interactive"] = "DeepCourse.Notebooks", // the part of it that C# notebooks call
    };

    /// <summary>A cell without its directives.</summary>
    /// <param name="Code">What is left for the compiler.</param>
    /// <param name="IsTimed">Whether it asked how long it takes.</param>
    public sealed record Result(string Code, bool IsTimed);

    /// <summary>Carries out the directives of <paramref name="code"/>.</summary>
    /// <exception cref="DirectiveException">One of them can't be carried out.</exception>
    public async Task<Result> ApplyAsync(string code, CancellationToken cancellation)
    {
        if (!code.Contains('#', StringComparison.Ordinal)) return new Result(code, false);
        var lines = code.Split('\n');
        var isTimed = false;
        var wanted = new List<(string Name, string Version, int Line)>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (ReferenceLine().Match(lines[i]) is { Success: true } reference)
            {
                var target = reference.Groups["target"].Value.Trim();
                var isPackage = target.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase);
                if (target.Length == 0)
                    throw new DirectiveException(
                        "What is to be referenced? Write #r \"nuget: Name, 1.2.3\" for a package, #r \"path/Library.dll\" for "
                            + "a file.", i + 1);
                if (reference.Groups["kind"].Value == "i")
                    packages.AddSource(isPackage ? target["nuget:".Length..].Trim() : target);
                else if (!isPackage) ReferenceLibrary(target, i + 1);
                else if (NotBuiltIn(target["nuget:".Length..], i + 1) is { } package)
                    wanted.Add((package.Name, package.Version, i + 1));
            }
            else if (Magic().Match(lines[i]) is { Success: true } magic)
            {
                isTimed |= Run(magic.Groups["name"].Value, i + 1);
            }
            else
            {
                continue;
            }
            var mark = lines[i].IndexOf('#', StringComparison.Ordinal);
            lines[i] = string.Concat(lines[i].AsSpan(0, mark), "//", lines[i].AsSpan(Math.Min(mark + 2, lines[i].Length)));
        }
        if (wanted.Count > 0) await RestoreAsync(wanted, cancellation).ConfigureAwait(false);
        return new Result(string.Join('\n', lines), isTimed);
    }

    private async Task RestoreAsync(List<(string Name, string Version, int Line)> wanted, CancellationToken cancellation)
    {
        var names = string.Join(", ", wanted.Select(w => $"{w.Name} {w.Version}".Trim()).Distinct());
        DisplayedValue? progress = null;
        var isDone = false;
        try
        {
            if (packages.IsNew(wanted.Select(w => (w.Name, w.Version)))) progress = $"Restoring {names} …".Display("text/plain");
            var restored = await packages.RestoreAsync([.. wanted.Select(w => (w.Name, w.Version)).Distinct()], cancellation)
                .ConfigureAwait(false);
            if (restored is not null) progress?.Update(Use(restored));
            isDone = true;
        }
        catch (InvalidOperationException e)
        {
            throw new DirectiveException(e.Message, wanted[0].Line);
        }
        finally
        {
            if (!isDone) progress?.Update($"Not restored: {names}");
        }
    }

    /// <summary>Makes restored packages part of the session, all or none. Returns what to say of them.</summary>
    private string Use(Packages.Restored restored)
    {
        var assemblies = restored.Files.Where(f => !f.IsNative).ToList();
        // Two versions of one assembly can't live in one process: said before anything is changed.
        foreach (var file in assemblies)
            if (libraries.ConflictOf(file.Path) is { } conflict)
                throw new InvalidOperationException(
                    $"{file.Package} {file.Version} can't be used: another version of {conflict.Name} is in use already "
                        + $"({conflict.Used}). "
                    + "Restart the kernel, and ask for all packages first, in one cell.");
        packages.Accept(restored);
        foreach (var file in assemblies) libraries.Add(file.Path, withFolder: false);
        foreach (var folder in restored.Files.Where(f => f.IsNative).Select(f => Path.GetDirectoryName(f.Path)!).Distinct())
            libraries.AddFolder(folder);
        references.Add(assemblies.Select(f => Libraries.NameOf(f.Path)));

        var said = restored.Asked.Keys.Select(name =>
        {
            if (restored.VersionOf(name) is not { } version)
                return Libraries.BuiltInPath(name) is null ? name : $"{name} (part of .NET {Environment.Version}, which is used)";
            var own = assemblies.Where(f => string.Equals(f.Package, name, StringComparison.OrdinalIgnoreCase)).ToList();
            var instead = own.Count > 0 && own.TrueForAll(f => !Libraries.Wins(f.Path))
                ? Libraries.Version(Libraries.BuiltInPath(Libraries.NameOf(own[0].Path))!)
                : null;
            return $"{name} {version}{(instead is null ? "" : $" (this kernel has {instead} built in and uses that)")}";
        });
        return $"Restored {string.Join(", ", said)}{string.Concat(restored.Notes.Select(n => $"; {n}"))}";
    }

    /// <summary>Carries out <c>#!name</c>; returns whether it was the one that measures.</summary>
    private bool Run(string name, int line)
    {
        switch (name)
        {
            case "csharp" or "c#" or "cs":
                return false;
            case "time":
                return true;
            case "who" or "whos":
                Console.WriteLine(describeVariables(name));
                return false;
            case "lsmagic" or "help":
                Console.WriteLine(Known);
                return false;
            default:
                throw new DirectiveException(
                    name is "fsharp" or "f#" or "pwsh" or "powershell" or "javascript" or "js" or "html" or "sql" or "kql"
                        or "mermaid" or "markdown" or "value"
                    ? $"#!{name}: this kernel runs C# and no other language; .NET Interactive, which mixed them, was deprecated. "
                        + "For HTML use HTML(\"…\")."
                    : $"#!{name} is not known here. These are:\n{Known}", line);
        }
    }

    private static (string Name, string Version)? NotBuiltIn(string package, int line)
    {
        var parts = package.Split(',', StringSplitOptions.TrimEntries);
        var (name, version) = (parts[0], parts.Length > 1 ? parts[1] : "");
        if (!PackageName().IsMatch(name))
            throw new DirectiveException(
                $"'{name}' is no package's name. Write: #r \"nuget: Name, 1.2.3\", or without a version for the newest.", line);
        if (!BuiltIn.TryGetValue(name, out var assembly)) return (name, version);
        var present = Libraries.LoadBuiltIn(assembly)
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";
        if (version.Length > 0 && !version.Contains('*', StringComparison.Ordinal) && version != present
            && !name.Contains(".Interactive", StringComparison.OrdinalIgnoreCase))
            Console.Error.WriteLine($"{name} {version} was asked for; this kernel has {present} built in and uses that.");
        return null;
    }

    private void ReferenceLibrary(string target, int line)
    {
        var path = Path.GetFullPath(target);
        if (!File.Exists(path))
        {
            var name = Path.GetFileNameWithoutExtension(target);
            if (target == Path.GetFileName(target) && Libraries.BuiltInPath(name) is { } builtIn) path = builtIn;
            else
                throw new DirectiveException(
                    $"There is no file {path}. Give a path that starts at the notebook's folder, or a full one.", line);
        }
        try
        {
            var name = Libraries.NameOf(path);
            if (libraries.ConflictOf(path) is { } conflict)
                throw new DirectiveException(
                    $"{path} can't be used: another {name} is in use already ({conflict.Used}). Restart the kernel, and put this "
                        + "line first.", line);
            libraries.Add(path, withFolder: true);
            references.Add([name]);
        }
        catch (BadImageFormatException)
        {
            throw new DirectiveException(
                $"{path} is not a .NET library. (Native libraries are found by name beside the .NET library that uses them.)",
                line);
        }
        catch (IOException e)
        {
            throw new DirectiveException($"{path} can't be read: {e.Message}", line);
        }
    }

    [GeneratedRegex("""^\s*#(?<kind>r|i)\s+"(?<target>[^"]*)"\s*;?\s*(//.*)?\r?$""")]
    private static partial Regex ReferenceLine();

    [GeneratedRegex(@"^\s*#!(?<name>[\w#]+).*$")]
    private static partial Regex Magic();

    [GeneratedRegex(@"^[\w.\-]+$")]
    private static partial Regex PackageName();
}
