using System.Reflection;

namespace DeepCourse.Native;

/// <summary>
/// The stop button of whatever the library runs in, as a token: of our kernel and of .NET Interactive, found by name, so that no
/// reference to one is needed; Ctrl-C in a terminal. Who listens ends by itself what it does, and the engine does not cut it off.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PropertyInfo? _handled;

    private Interrupts(CancellationToken own)
    {
        var engine = Property("DeepCourse.Notebooks.Engine.Interruption", "Token");
        _handled = engine is null ? null : engine.DeclaringType!.GetProperty("IsHandled");
        _source = CancellationTokenSource.CreateLinkedTokenSource(own,
            engine?.GetValue(null) as CancellationToken? ?? OfInteractive());
        _handled?.SetValue(null, true);
        if (!Console.IsOutputRedirected) Console.CancelKeyPress += OnKey;
    }

    /// <summary>Begins to listen, until this is disposed.</summary>
    /// <param name="own">A token that counts as well.</param>
    public static Interrupts Listen(CancellationToken own) => new(own);

    /// <summary>Cancelled when somebody presses stop.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Console.IsOutputRedirected) Console.CancelKeyPress -= OnKey;
        _handled?.SetValue(null, false);
        _source.Dispose();
    }

    private static CancellationToken OfInteractive()
    {
        var context = Property("Microsoft.DotNet.Interactive.KernelInvocationContext", "Current")?.GetValue(null);
        return context?.GetType().GetProperty("CancellationToken")?.GetValue(context) as CancellationToken? ?? default;
    }

    private static PropertyInfo? Property(string type, string name) => AppDomain.CurrentDomain.GetAssemblies()
        .Where(a => !a.IsDynamic)
        .Select(a => a.GetType(type)?.GetProperty(name, BindingFlags.Static | BindingFlags.Public))
        .FirstOrDefault(p => p is not null);

    private void OnKey(object? sender, ConsoleCancelEventArgs e)
    {
        if (_source.IsCancellationRequested) return; // the second time ends the program
        e.Cancel = true;
        _source.Cancel();
    }
}
