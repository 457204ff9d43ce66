using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// A kernel whose client has died is nobody's: it ends too. Clients tell who they are in <c>JPY_PARENT_PID</c>: on Linux and
/// macOS a process id, on Windows a handle that the kernel inherits (jupyter_client's launcher); some give an id there as well.
/// </summary>
internal sealed partial class ParentWatch(bool isWindows, Func<nint, int> processOfHandle, Func<int, Task?> exitOf)
{
    /// <summary>The variable that names the parent.</summary>
    public const string Variable = "JPY_PARENT_PID";

    /// <summary>Waits, in the background, for this process's parent, and calls <paramref name="ended"/> then.</summary>
    public static void Start(Action ended) =>
        new ParentWatch(OperatingSystem.IsWindows(), IdOf, ExitOf)
            .Watch(Environment.GetEnvironmentVariable(Variable))?.ContinueWith(_ => ended(), TaskScheduler.Default);

    /// <summary>The end of the parent that <paramref name="value"/> names; null when it names none, or nothing that is known:
    /// then nobody is waited for.</summary>
    public Task? Watch(string? value)
    {
        if (!long.TryParse(value, out var number) || number <= 1) return null;
        if (isWindows && processOfHandle((nint)number) is > 0 and var id) return exitOf(id);
        if (number > int.MaxValue) return null;
        // On Windows what is neither may be a handle that was not inherited.
        return exitOf((int)number) ?? (isWindows ? null : Task.CompletedTask);
    }

    private static Task? ExitOf(int id)
    {
        try
        {
            var parent = Process.GetProcessById(id);
            return parent.WaitForExitAsync();
        }
        catch (ArgumentException)
        {
            return null; // there is no such process
        }
    }

    private static int IdOf(nint handle)
    {
        using var held = new SafeProcessHandle(handle, ownsHandle: false);
        return (int)GetProcessId(held);
    }

    [LibraryImport("kernel32")]
    private static partial uint GetProcessId(SafeProcessHandle process);
}
