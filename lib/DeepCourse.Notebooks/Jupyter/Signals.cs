using System.Runtime.InteropServices;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Signals of the system, beyond what .NET does with them.</summary>
internal static partial class Signals
{
    private const int Interrupt = 2, Terminate = 15;

    private const nint Ignored = 1;

    /// <summary>
    /// Makes interrupts count. A shell starts what runs in its background with interrupts ignored, programs hand that on to those
    /// that they start, and .NET respects it: a kernel of such a server could not be interrupted by a signal. .NET handles all
    /// signals by one function, so that the way in which it handles another one is taken. Call it when handlers of both are
    /// registered.
    /// </summary>
    public static unsafe void HeedInterrupts()
    {
        if (OperatingSystem.IsWindows()) return;
        // More than any system's structure; its first field is the handler.
        nint* now = stackalloc nint[64], other = stackalloc nint[64];
        if (SetAction(Interrupt, null, now) != 0 || now[0] != Ignored) return;
        if (SetAction(Terminate, null, other) == 0 && other[0] > Ignored) _ = SetAction(Interrupt, other, null);
    }

    [LibraryImport("libc", EntryPoint = "sigaction")]
    private static unsafe partial int SetAction(int signal, nint* action, nint* before);
}
