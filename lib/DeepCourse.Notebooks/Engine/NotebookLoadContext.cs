using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// Where compiled cells and the user's libraries are loaded: one context for all of them, so that no type gets two identities. What the process itself
/// runs with (TorchSharp, Plotly.NET, …) is shared with it. Nothing is ever unloaded: a restart is cheap.
/// </summary>
internal sealed class NotebookLoadContext() : AssemblyLoadContext("Notebook")
{
    private readonly ConcurrentDictionary<string, Assembly> _cells = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _libraries = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, byte> _folders = new(StringComparer.Ordinal);

    /// <summary>Loads a compiled cell, with its symbols if it has any, and remembers it by name for the cells that follow.</summary>
    public Assembly LoadCell(string name, Stream image, Stream? symbols) => _cells[name] = LoadFromStream(image, symbols);

    /// <summary>Makes the user's library, and what lies beside it, available.</summary>
    public void AddLibrary(string path)
    {
        _libraries[Path.GetFileNameWithoutExtension(path)] = path;
        AddFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>A folder in which libraries, native ones too, are looked for.</summary>
    public void AddFolder(string folder) => _folders[folder] = 0;

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not { } name) return null;
        if (_cells.TryGetValue(name, out var cell)) return cell;
        if (References.IsBuiltIn(name)) return null;
        if (_libraries.TryGetValue(name, out var path)) return LoadFromAssemblyPath(path);
        var beside = _folders.Keys.Select(folder => Path.Combine(folder, name + ".dll")).FirstOrDefault(File.Exists);
        return beside is null ? null : LoadFromAssemblyPath(beside);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string[] names = OperatingSystem.IsWindows() ? [unmanagedDllName, $"{unmanagedDllName}.dll"]
            : OperatingSystem.IsMacOS() ? [unmanagedDllName, $"lib{unmanagedDllName}.dylib", $"{unmanagedDllName}.dylib"]
            : [unmanagedDllName, $"lib{unmanagedDllName}.so", $"{unmanagedDllName}.so"];
        var path = _folders.Keys.SelectMany(folder => names.Select(n => Path.Combine(folder, n))).FirstOrDefault(File.Exists);
        return path is null ? 0 : LoadUnmanagedDllFromPath(path);
    }
}
