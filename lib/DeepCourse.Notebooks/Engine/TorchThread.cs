using System.Reflection;
using TorchSharp;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// What libtorch and TorchSharp keep for each thread: whether gradients are recorded, and the open dispose scopes. When the
/// thread of the cells has to be given up, its successor takes this over; otherwise gradients would be recorded again though a
/// cell has turned them off.
/// </summary>
internal sealed class TorchThread
{
    private static readonly Type? Manager = typeof(torch).Assembly.GetType("TorchSharp.DisposeScopeManager");
    private static readonly FieldInfo? Singleton = Manager?.GetField("_threadSingleton",
        BindingFlags.Static | BindingFlags.NonPublic);
    private static readonly PropertyInfo? Scope = Manager?.GetProperty("CurrentDisposeScope",
        BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public);

    private readonly bool _recordsGradients;
    private readonly object? _scopes, _scope;

    private TorchThread()
    {
        _recordsGradients = torch.is_grad_enabled();
        _scopes = Singleton?.GetValue(null);
        _scope = _scopes is null ? null : Scope?.GetValue(_scopes);
    }

    /// <summary>Set when libtorch is there: asking it earlier would load it.</summary>
    public static volatile bool IsLoaded;

    /// <summary>The state of the calling thread; null before libtorch is there.</summary>
    public static TorchThread? Capture() => IsLoaded ? new TorchThread() : null;

    /// <summary>Gives the calling thread this state.</summary>
    public void Apply()
    {
        torch.set_grad_enabled(_recordsGradients);
        if (_scopes is null) return;
        Singleton?.SetValue(null, _scopes);
        Scope?.SetValue(_scopes, _scope);
    }
}
