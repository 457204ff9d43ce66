using System.Reflection;

namespace DeepCourse.Display;

/// <summary>
/// A value shown in whatever notebook engine the library runs in, and updated in place. The engine is found by name (a type
/// <c>System.DisplayExtensions</c>
/// with <c>Display(object, params string[])</c>, whose result has <c>Update(object)</c>), so that no reference to one is needed.
/// Without an engine the value's text goes to the console, if there is a person to read it.
/// </summary>
public sealed class Live
{
    private readonly object? _handle;
    private readonly MethodInfo? _update;

    private Live(object? handle)
    {
        _handle = handle;
        _update = handle?.GetType().GetMethod("Update", [typeof(object)]);
    }

    /// <summary>Shows <paramref name="value"/> now.</summary>
    public static Live Show(object value)
    {
        if (Engine is { } display) return new Live(display.Invoke(null, [value, Array.Empty<string>()]));
        if (!Console.IsOutputRedirected) Console.WriteLine(value);
        return new Live(null);
    }

    /// <summary>Replaces what is shown by <paramref name="value"/>. Nothing happens where nothing can be replaced.</summary>
    public void Update(object value) => _update?.Invoke(_handle, [value]);

    /// <summary>Whether there is a notebook to show it in.</summary>
    public static bool HasEngine => Engine is not null;

    private static MethodInfo? Engine => AppDomain.CurrentDomain.GetAssemblies()
        .Where(a => !a.IsDynamic)
        .Select(a => a.GetType("System.DisplayExtensions"))
        .Select(t => t?.GetMethod("Display", [typeof(object), typeof(string[])]))
        .FirstOrDefault(m => m is not null);
}
