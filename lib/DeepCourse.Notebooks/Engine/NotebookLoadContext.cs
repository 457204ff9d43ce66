using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Loader;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// Where compiled cells and the user's libraries are loaded: one context for all of them, so that no type gets two identities.
/// What the process itself runs with (TorchSharp, Plotly.NET, …) is shared with it. Nothing is ever unloaded: a restart is cheap.
/// </summary>
internal sealed class NotebookLoadContext(Libraries libraries) : AssemblyLoadContext("Notebook")
{
    private readonly ConcurrentDictionary<string, Assembly> _cells = new(StringComparer.Ordinal);

    /// <summary>Loads a compiled cell, with its symbols if it has any, and remembers it by name for the cells that
    /// follow.</summary>
    public Assembly LoadCell(string name, Stream image, Stream? symbols) => _cells[name] = LoadFromStream(image, symbols);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name is not { } name) return null;
        if (_cells.TryGetValue(name, out var cell)) return cell;
        if (!string.IsNullOrEmpty(assemblyName.CultureName) || libraries.Use(name) is not { } path) return null;
        // By its name alone: a library that asks for a newer one than is built in gets what there is.
        return Libraries.IsBuiltInPath(path) ? Default.LoadFromAssemblyName(new AssemblyName(name)) : LoadFromAssemblyPath(path);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        libraries.FindNative(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
