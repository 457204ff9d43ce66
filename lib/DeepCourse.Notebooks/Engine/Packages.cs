using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using DeepCourse.Native;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// NuGet packages that cells ask for. They are restored by the SDK, all in one, so that versions agree, and with the nuget.config
/// of the notebook's folder; the result is remembered per set of packages, on the disk.
/// </summary>
internal sealed partial class Packages
{
    private readonly Dictionary<string, (string Asked, string Version)> _accepted = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _sources = [];
    private readonly HashSet<string> _lookedUp = []; // the sets whose newest versions this session has asked the feeds for

    /// <summary>A file of a restored package.</summary>
    /// <param name="Package">The package's name.</param>
    /// <param name="Version">The package's version.</param>
    /// <param name="Path">Where it lies.</param>
    /// <param name="IsNative">Whether it is a native library.</param>
    public sealed record PackageFile(string Package, string Version, string Path, bool IsNative);

    /// <summary>A set of packages that lie on the disk.</summary>
    /// <param name="Asked">What was asked for by name, with the versions asked for.</param>
    /// <param name="Files">All libraries and natives, of what these packages need, too.</param>
    /// <param name="Notes">What to say besides: versions that are others than asked for.</param>
    public sealed record Restored(
        IReadOnlyDictionary<string, string> Asked,
        IReadOnlyList<PackageFile> Files,
        IReadOnlyList<string> Notes)
    {
        /// <summary>The version that a package got.</summary>
        public string? VersionOf(string name) =>
            Files.FirstOrDefault(f => string.Equals(f.Package, name, StringComparison.OrdinalIgnoreCase))?.Version;
    }

    /// <summary>A further feed, for the packages to come.</summary>
    public void AddSource(string source)
    {
        if (!_sources.Contains(source)) _sources.Add(source);
    }

    /// <summary>Restores <paramref name="packages"/> together with those accepted earlier. An empty version means the
    /// newest.</summary>
    /// <returns>What lies on the disk now; null when nothing was asked for that is not accepted already.</returns>
    /// <exception cref="InvalidOperationException">They can't be had; nothing is changed then.</exception>
    public async Task<Restored?> RestoreAsync(
        IReadOnlyList<(string Name, string Version)> packages,
        CancellationToken cancellation)
    {
        var fresh = Fresh(packages).ToList();
        if (fresh.Count == 0) return null;

        var union = _accepted.ToDictionary(a => a.Key, a => a.Value.Version, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, version) in fresh) union[name] = version.Length == 0 ? "*" : version;
        var notes = new List<string>();
        while (true)
        {
            var (files, problem) = await FilesOfAsync(union, notes, cancellation).ConfigureAwait(false);
            if (files is not null)
                return new Restored(packages.ToDictionary(p => p.Name, p => p.Version, StringComparer.OrdinalIgnoreCase), files,
                    notes);
            // One package needs a newer version of another than was asked for.
            var lifted = Downgrade()
                .Matches(problem!)
                .Select(m => (Name: m.Groups["name"].Value, To: m.Groups["to"].Value, From: m.Groups["from"].Value))
                .Distinct()
                .Where(d => !union.TryGetValue(d.Name, out var version) || version != d.To).ToList();
            if (lifted.Count == 0)
                throw new InvalidOperationException(
                    $"The packages could not be restored. Check name, version and network.\n{problem}");
            foreach (var (name, to, from) in lifted)
            {
                union[name] = to;
                notes.Add($"{name} {to} instead of {from}, because another package needs it");
            }
        }
    }

    /// <summary>Whether there is anything to restore.</summary>
    public bool IsNew(IEnumerable<(string Name, string Version)> packages) => Fresh(packages).Any();

    private IEnumerable<(string Name, string Version)> Fresh(IEnumerable<(string Name, string Version)> packages) => packages
        .Where(p => !_accepted.TryGetValue(p.Name, out var earlier)
            || (p.Version.Length > 0 && p.Version != earlier.Asked && p.Version != earlier.Version));

    /// <summary>From here on <paramref name="restored"/> is part of the session.</summary>
    public void Accept(Restored restored)
    {
        foreach (var (name, asked) in restored.Asked) _accepted[name] = (asked, restored.VersionOf(name) ?? asked);
    }

    /// <summary>What a set of packages consists of: as it was restored earlier, or restored now; or what the SDK says is wrong
    /// with it.</summary>
    private async Task<(IReadOnlyList<PackageFile>? Files, string? Problem)> FilesOfAsync(
        Dictionary<string, string> union,
        List<string> notes,
        CancellationToken cancellation)
    {
        var folder = FolderOf(union);
        var assets = Path.Combine(folder, "obj", "project.assets.json");
        using var alone = await LockAsync(folder, cancellation).ConfigureAwait(false);
        var stored = File.Exists(assets) ? await File.ReadAllTextAsync(assets, cancellation).ConfigureAwait(false) : null;
        var files = stored is null ? null : Files(stored);
        if (files?.All(f => File.Exists(f.Path)) == false) files = null;
        // "The newest" is what the feeds say it is, once in a session.
        var isOpen = union.Values.Any(v => v.Contains('*', StringComparison.Ordinal));
        if (files is not null && (!isOpen || _lookedUp.Contains(folder))) return (files, null);

        if (await RunRestoreAsync(folder, union, cancellation).ConfigureAwait(false) is { } problem)
        {
            File.Delete(assets);
            if (files is null) return (null, problem);
            await File.WriteAllTextAsync(assets, stored, cancellation).ConfigureAwait(false);
            notes.Add("as restored earlier: no feed could be asked for newer versions");
            return (files, null);
        }
        _lookedUp.Add(folder);
        return (Files(await File.ReadAllTextAsync(assets, cancellation).ConfigureAwait(false)), null);
    }

    /// <summary>Waits until no other kernel restores the same set.</summary>
    private static async Task<FileStream> LockAsync(string folder, CancellationToken cancellation)
    {
        while (true)
            try
            {
                return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.GetType() == typeof(IOException))
            {
                await Task.Delay(50, cancellation).ConfigureAwait(false);
            }
    }

    private string FolderOf(Dictionary<string, string> union)
    {
        var key = string.Join('\n', union.Select(p => $"{p.Key.ToLowerInvariant()} {p.Value}").Order(StringComparer.Ordinal)
            .Concat(_sources).Append(RuntimeInformation.RuntimeIdentifier).Append(Directory.GetCurrentDirectory()));
        return UserFolders.CreatePrivate(
            Path.Combine(UserFolders.Cache, "packages",
                Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..16]));
    }

    /// <summary>Lets the SDK restore; returns what it says is wrong, null for nothing.</summary>
    private async Task<string?> RunRestoreAsync(string folder, Dictionary<string, string> union, CancellationToken cancellation)
    {
        // Nothing of a Directory.Build.props further up may reach it; the nuget.config of the notebook's folder must.
        foreach (var file in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
            await File.WriteAllTextAsync(Path.Combine(folder, file), "<Project />", cancellation).ConfigureAwait(false);
        var project = new XElement("Project", new XAttribute("Sdk", "Microsoft.NET.Sdk"),
            new XElement("PropertyGroup",
                new XElement("TargetFramework", "net10.0"),
                new XElement("RuntimeIdentifier", RuntimeInformation.RuntimeIdentifier),
                new XElement("SelfContained", "false"),
                new XElement("NuGetAudit", "false"),
                // old notebooks name feeds that are gone; what they want may be on another
                new XElement("RestoreIgnoreFailedSources", "true"),
                new XElement("RestoreRootConfigDirectory", Directory.GetCurrentDirectory()),
                _sources.Count > 0 ? new XElement("RestoreAdditionalProjectSources", string.Join(';', _sources)) : null),
            new XElement("ItemGroup",
                union.Select(p => new XElement("PackageReference", new XAttribute("Include", p.Key),
                    new XAttribute("Version", p.Value)))));
        var path = Path.Combine(folder, "packages.csproj");
        await File.WriteAllTextAsync(path, project.ToString(), cancellation).ConfigureAwait(false);

        var start = new ProcessStartInfo(DotNetHost.Path,
            ["restore", path, "--force", "-nologo", "-nodeReuse:false", "-v", "quiet"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder
        };
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("DOTNET_Tiered", StringComparison.Ordinal)
            || k.StartsWith("DOTNET_TC_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name); // chosen for the kernel alone
        if (!Directory.Exists(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)) && !OperatingSystem.IsWindows())
            // a container's user, say: the SDK insists on one
            start.Environment["HOME"] = start.Environment["DOTNET_CLI_HOME"] = folder;
        using var process = Process.Start(start)
            ?? throw new InvalidOperationException("The .NET SDK ('dotnet') could not be started; it restores packages.");
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = await process.StandardError.ReadToEndAsync(cancellation).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            if (process.ExitCode == 0) return null;
            var lines = (await output.ConfigureAwait(false) + error)
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (lines.Any(l => l.Contains("No .NET SDKs were found", StringComparison.Ordinal)))
                return "Packages are restored by the .NET SDK, and here is only a runtime: https://dotnet.microsoft.com/download";
            var errors = lines.Where(l => l.Contains("error", StringComparison.Ordinal))
                .Select(l => l[l.IndexOf("error", StringComparison.Ordinal)..].Split(" [")[0].Trim()).Distinct().Take(3).ToList();
            return string.Join('\n', errors.Count > 0 ? errors : lines.TakeLast(3));
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The libraries and natives that the restore chose for this machine.</summary>
    private static List<PackageFile> Files(string text)
    {
        var assets = JsonNode.Parse(text)!;
        var roots = assets["packageFolders"]!.AsObject().Select(f => f.Key).ToList();
        var target = assets["targets"]!.AsObject()
            .OrderByDescending(t => t.Key.Contains('/', StringComparison.Ordinal))
            .First().Value!.AsObject();
        var files = new List<PackageFile>();
        foreach (var (library, content) in target)
        {
            var folder = (string?)assets["libraries"]?[library]?["path"];
            if (folder is null || (string?)content?["type"] != "package") continue;
            foreach (var (kind, isNative) in new[] { ("runtime", false), ("native", true) })
                foreach (var (file, _) in content[kind] as JsonObject ?? [])
                    if (!file.EndsWith("_._", StringComparison.Ordinal))
                        files.Add(
                            new PackageFile(library.Split('/')[0], library.Split('/')[1],
                                roots.Select(r => Path.Combine(r, folder, file)).FirstOrDefault(File.Exists)
                                    ?? Path.Combine(roots[0], folder, file), isNative));
        }
        return files;
    }

    [GeneratedRegex(@"NU1605: .*?(?:Detected package downgrade: )(?<name>[\w.\-]+) from (?<to>[\w.\-+]+) to (?<from>[\w.\-+]+)",
        RegexOptions.IgnoreCase)]
    private static partial Regex Downgrade();
}
