using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using DeepCourse.Native;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// NuGet packages that cells ask for. They are restored by the SDK, all in one, so that versions agree, and with the nuget.config of the notebook's
/// folder; the result is remembered per set of packages. What the kernel itself runs with is never loaded a second time.
/// </summary>
internal sealed class Packages
{
    private readonly Dictionary<string, string> _wanted = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _sources = [];
    private readonly Dictionary<string, string> _loaded = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where native libraries of the restored packages lie.</summary>
    public List<string> NativeFolders { get; } = [];

    /// <summary>A further feed, for the packages to come.</summary>
    public void AddSource(string source)
    {
        if (!_sources.Contains(source)) _sources.Add(source);
    }

    /// <summary>Restores <paramref name="packages"/> together with those asked for earlier. An empty version means the newest.</summary>
    /// <returns>The paths of libraries that are new.</returns>
    /// <exception cref="InvalidOperationException">They can't be had, or would change what is loaded; nothing is changed then.</exception>
    public async Task<IReadOnlyList<string>> RestoreAsync(IReadOnlyList<(string Name, string Version)> packages, CancellationToken cancellation)
    {
        var union = new Dictionary<string, string>(_wanted, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, version) in packages)
        {
            if (version.Length == 0 && union.ContainsKey(name)) continue;
            union[name] = version.Length == 0 ? "*" : version;
        }
        if (union.Count == _wanted.Count && union.All(w => _wanted.TryGetValue(w.Key, out var version) && version == w.Value)) return [];

        var names = string.Join(", ", packages.Select(p => $"{p.Name} {p.Version}".Trim()));
        var progress = $"Restoring {names} …".Display("text/plain");
        var folder = FolderOf(union);
        var assets = Path.Combine(folder, "obj", "project.assets.json");
        var text = File.Exists(assets) ? await File.ReadAllTextAsync(assets, cancellation).ConfigureAwait(false) : null;
        var files = text is null ? null : Files(JsonNode.Parse(text)!);
        if (files is null || !files.All(f => File.Exists(f.Path)))
        {
            await RunRestoreAsync(folder, union, cancellation).ConfigureAwait(false);
            files = Files(JsonNode.Parse(await File.ReadAllTextAsync(assets, cancellation).ConfigureAwait(false))!);
        }

        // Two versions of one assembly can't live in one process: said before anything is changed.
        foreach (var file in files.Where(f => !f.IsNative))
        {
            var name = Path.GetFileNameWithoutExtension(file.Path);
            if (_loaded.TryGetValue(name, out var earlier) && earlier != file.Path)
                throw new InvalidOperationException($"{names} needs {file.Package}, but another version of {name} is loaded already ({earlier}). Restart the kernel and ask for all packages in one cell.");
        }
        foreach (var (name, version) in union) _wanted[name] = version;
        NativeFolders.AddRange(files.Where(f => f.IsNative).Select(f => Path.GetDirectoryName(f.Path)!).Except(NativeFolders).Distinct().ToList());
        // What this process itself runs with is referred to, and not loaded a second time.
        var fresh = files.Where(f => !f.IsNative && _loaded.TryAdd(Path.GetFileNameWithoutExtension(f.Path), f.Path))
            .Select(f => References.BuiltInPath(Path.GetFileNameWithoutExtension(f.Path)) ?? f.Path).ToList();
        progress.Update($"Restored {string.Join(", ", packages.Select(p => files.FirstOrDefault(f => f.Package.StartsWith(p.Name + " ", StringComparison.OrdinalIgnoreCase))?.Package ?? p.Name))}");
        return fresh;
    }

    private sealed record PackageFile(string Package, string Path, bool IsNative);

    private string FolderOf(Dictionary<string, string> union)
    {
        var key = string.Join('\n', union.Select(p => $"{p.Key.ToLowerInvariant()} {p.Value}").Order().Concat(_sources).Append(RuntimeInformation.RuntimeIdentifier).Append(Directory.GetCurrentDirectory()));
        return Path.Combine(UserFolders.Cache, "packages", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..16]);
    }

    private async Task RunRestoreAsync(string folder, Dictionary<string, string> union, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        // Nothing of a Directory.Build.props further up may reach it; the nuget.config of the notebook's folder must.
        foreach (var file in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" }) await File.WriteAllTextAsync(Path.Combine(folder, file), "<Project />", cancellation).ConfigureAwait(false);
        var project = new XElement("Project", new XAttribute("Sdk", "Microsoft.NET.Sdk"),
            new XElement("PropertyGroup",
                new XElement("TargetFramework", "net10.0"),
                new XElement("RuntimeIdentifier", RuntimeInformation.RuntimeIdentifier),
                new XElement("SelfContained", "false"),
                new XElement("NuGetAudit", "false"),
                new XElement("RestoreIgnoreFailedSources", "true"), // old notebooks name feeds that are gone; what they want may be on another
                new XElement("RestoreRootConfigDirectory", Directory.GetCurrentDirectory()),
                _sources.Count > 0 ? new XElement("RestoreAdditionalProjectSources", string.Join(';', _sources)) : null),
            new XElement("ItemGroup", union.Select(p => new XElement("PackageReference", new XAttribute("Include", p.Key), new XAttribute("Version", p.Value)))));
        var path = Path.Combine(folder, "packages.csproj");
        await File.WriteAllTextAsync(path, project.ToString(), cancellation).ConfigureAwait(false);

        var start = new ProcessStartInfo("dotnet", ["restore", path, "-nologo", "-nodeReuse:false", "-v", "quiet"]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The .NET SDK ('dotnet') could not be started; it restores packages.");
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = await process.StandardError.ReadToEndAsync(cancellation).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            if (process.ExitCode == 0) return;
            var lines = (await output.ConfigureAwait(false) + error).Split('\n').Where(l => l.Contains("error", StringComparison.Ordinal))
                .Select(l => l[(l.IndexOf("error", StringComparison.Ordinal))..].Split(" [")[0].Trim()).Distinct().Take(3);
            File.Delete(Path.Combine(folder, "obj", "project.assets.json"));
            throw new InvalidOperationException($"The packages could not be restored. Check name, version and network.\n{string.Join('\n', lines)}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The libraries and natives that the restore chose for this machine.</summary>
    private static List<PackageFile> Files(JsonNode assets)
    {
        var roots = assets["packageFolders"]!.AsObject().Select(f => f.Key).ToList();
        var target = assets["targets"]!.AsObject().OrderByDescending(t => t.Key.Contains('/', StringComparison.Ordinal)).First().Value!.AsObject();
        var files = new List<PackageFile>();
        foreach (var (library, content) in target)
        {
            var folder = (string?)assets["libraries"]?[library]?["path"];
            if (folder is null || (string?)content?["type"] != "package") continue;
            foreach (var (kind, isNative) in new[] { ("runtime", false), ("native", true) })
                foreach (var (file, _) in content[kind] as JsonObject ?? [])
                    if (!file.EndsWith("_._", StringComparison.Ordinal))
                        files.Add(new PackageFile(library.Replace('/', ' '), roots.Select(r => Path.Combine(r, folder, file)).FirstOrDefault(File.Exists) ?? Path.Combine(roots[0], folder, file), isNative));
        }
        return files;
    }
}
