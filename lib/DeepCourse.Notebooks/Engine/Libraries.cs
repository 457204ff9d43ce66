using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// Which file an assembly's name stands for in cells: the one place that both the compiler's references and the loader ask. The
/// framework, what the kernel itself runs with, and the user's libraries may all have one of the same name; whichever was used
/// first stays, since a process can hold only one.
/// </summary>
internal sealed class Libraries
{
    private static readonly Dictionary<string, string> BuiltIn = (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string
        ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .GroupBy(p => Path.GetFileNameWithoutExtension(p)!, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(g => g.Key, g => g.First(), StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> BuiltInPaths = [.. BuiltIn.Values];

    /// <summary>What cells and the kernel exchange values of: these are the kernel's own, whatever somebody restores.</summary>
    private static readonly HashSet<string> Shared = new(StringComparer.OrdinalIgnoreCase)
    {
        "DeepCourse", "DeepCourse.Notebooks", "TorchSharp", "SkiaSharp", "Plotly.NET", "Plotly.NET.CSharp", "FSharp.Core",
        "DynamicObj", "Giraffe.ViewEngine",
        "Microsoft.DotNet.Interactive.Formatting", "Microsoft.AspNetCore.Html.Abstractions",
    };

    private readonly ConcurrentDictionary<string, string> _users = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, byte> _folders = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _used = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Another file of this name than the one that is wanted is in use.</summary>
    /// <param name="Name">The assembly's name.</param>
    /// <param name="Used">The file in use.</param>
    public sealed record Conflict(string Name, string Used);

    /// <summary>The names of the assemblies that this process itself runs with.</summary>
    public static IEnumerable<string> BuiltInNames => BuiltIn.Keys;

    /// <summary>Where the assembly of that name lies that this process itself runs with; null when it has none.</summary>
    public static string? BuiltInPath(string name) => BuiltIn.GetValueOrDefault(name);

    /// <summary>Whether this process itself runs with that file.</summary>
    public static bool IsBuiltInPath(string path) => BuiltInPaths.Contains(path);

    /// <summary>The file for an assembly's name; null when there is none.</summary>
    public string? Find(string name) => _used.GetValueOrDefault(name) ?? _users.GetValueOrDefault(name) ?? BuiltInPath(name)
        ?? _folders.Keys.Select(folder => Path.Combine(folder, name + ".dll")).FirstOrDefault(File.Exists);

    /// <summary>The file for an assembly's name, which is loaded now: from here on it stays.</summary>
    public string? Use(string name) => Find(name) is { } path ? _used.GetOrAdd(name, path) : null;

    /// <summary>Whether <paramref name="path"/> is to be what its name stands for: not where the kernel's own is shared with
    /// cells, or the framework's is as new.</summary>
    public static bool Wins(string path) => BuiltInPath(NameOf(path)) is not { } builtIn || builtIn == path
        || (!Shared.Contains(NameOf(path)) && (!IsFramework(builtIn) || Version(path) > Version(builtIn)));

    /// <summary>Why the user's library can't be what its name stands for; null when it can.</summary>
    public Conflict? ConflictOf(string path)
    {
        var name = NameOf(path);
        return Wins(path) && _used.TryGetValue(name, out var used) && used != path ? new Conflict(name, used) : null;
    }

    /// <summary>Makes a library of the user's what its name stands for, if it <see cref="Wins"/>; and what lies beside it
    /// available, if <paramref name="withFolder"/>.</summary>
    public void Add(string path, bool withFolder)
    {
        if (Wins(path)) _users[NameOf(path)] = path;
        if (withFolder) AddFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>A folder in which libraries, native ones too, are looked for.</summary>
    public void AddFolder(string folder) => _folders[folder] = 0;

    /// <summary>The file of a native library; null when it is in none of the folders.</summary>
    public string? FindNative(string name)
    {
        string[] names = OperatingSystem.IsWindows() ? [name, $"{name}.dll"]
            : OperatingSystem.IsMacOS() ? [name, $"lib{name}.dylib", $"{name}.dylib"]
            : [name, $"lib{name}.so", $"{name}.so"];
        return _folders.Keys.SelectMany(folder => names.Select(n => Path.Combine(folder, n))).FirstOrDefault(File.Exists);
    }

    /// <summary>The assembly of the given name among those that this process runs with; loads it if need be.</summary>
    internal static Assembly LoadBuiltIn(string name) => Assembly.Load(new AssemblyName(name));

    /// <summary>The name that an assembly gives for itself; its file may have another one.</summary>
    /// <exception cref="BadImageFormatException">The file is no .NET assembly.</exception>
    internal static string NameOf(string path) => AssemblyName.GetAssemblyName(path).Name!;

    /// <summary>The version that an assembly gives for itself.</summary>
    internal static Version Version(string path) => AssemblyName.GetAssemblyName(path).Version ?? new Version();

    private static bool IsFramework(string path) =>
        Path.GetDirectoryName(path) == Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
}
