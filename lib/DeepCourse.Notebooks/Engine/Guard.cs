using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// What the code of cells looks at while it runs, so that it can be stopped, and cannot fill the stack.
/// <see cref="Instrumentation"/> writes the looking into each compiled cell; nobody calls this otherwise.
/// </summary>
/// <remarks>
/// A function compares the address of a local of its own with <see cref="Bottom"/> and <see cref="Reach"/>: one comparison that
/// is false when the stack is nearly full, when somebody has raised the alarm (then <see cref="Reach"/> is 0), and always on
/// threads other than that of the cells. A loop looks at an alarm alone. One that only computes is thrown out by it, because a
/// call that could return would keep its variables out of the registers (a matrix product takes three times as long then); any
/// other one makes a call, and may go on.
/// </remarks>
[SuppressMessage("Usage", "CA2211:Non-constant fields should not be visible",
    Justification = "The code of cells reads them in a single instruction.")]
public static class Guard
{
    /// <summary>How long loops that only compute are thrown out at least, on whatever thread they run.</summary>
    internal static readonly TimeSpan Short = TimeSpan.FromMilliseconds(100);

    /// <summary>How long after a stop the other threads are looked after, some of which may be asleep.</summary>
    private const int Long = 60_000;

    /// <summary>How deep the functions of cells may call one another on the thread of the cells. The thread's own stack is
    /// deeper: what they call needs some.</summary>
    internal const int Depth = 8 << 20;

    /// <summary>Not zero: loops that only compute are thrown out.</summary>
    public static int Stop;

    /// <summary>Not zero: loops of other kinds call <see cref="Attend"/>.</summary>
    public static int Attention;

    /// <summary>The lowest address that a function's local may have on the thread of the cells.</summary>
    public static nuint Bottom;

    /// <summary>How far above <see cref="Bottom"/> that thread's locals lie; 0 while there is something to attend to.</summary>
    public static nuint Reach;

    private static long s_watchUntil = long.MinValue, s_stopped;

    [ThreadStatic]
    private static CellThread? t_cells;

    [ThreadStatic]
    private static nuint t_lowest;

    /// <summary>Ends a loop that only computes.</summary>
    /// <exception cref="OperationCanceledException">Always.</exception>
    public static void Throw() => throw new StoppedException();

    /// <summary>What <c>Environment.Exit</c> is in a cell.</summary>
    /// <exception cref="InvalidOperationException">Always.</exception>
    public static void Exit(int code) =>
        throw new InvalidOperationException(
            $"Environment.Exit({code}) would end the kernel, with all variables. To end a cell here, write return; to begin "
                + "anew, restart the kernel.");

    /// <summary>What <c>CultureInfo.CurrentCulture = …</c> is in a cell: it counts for the cells that follow, too, and not only
    /// up to the end of this one.</summary>
    public static void SetCulture(CultureInfo culture)
    {
        CultureInfo.CurrentCulture = culture;
        if (t_cells is { } cells) cells.Culture = culture;
    }

    /// <summary>Looks closer: is the code to stop, is the stack full, does something wait for the thread of the cells?</summary>
    /// <exception cref="OperationCanceledException">The cell that this runs for was stopped.</exception>
    /// <exception cref="InsufficientExecutionStackException">The stack is nearly full.</exception>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static unsafe void Attend()
    {
        byte local;
        var here = (nuint)(&local);
        if (t_cells is { } cells)
        {
            if (here < cells.Bottom) cells.EndRecursion();
            cells.Attend();
            return;
        }
        if (Attention != 0 && CellScope.OfCaller is { IsStopped: true }) Throw();
        if (t_lowest != 0 && here >= t_lowest) return;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        t_lowest = here;
    }

    /// <summary>Makes the calling thread the one of the cells; returns the address where its stack begins.</summary>
    internal static unsafe nuint Enter(CellThread cells)
    {
        byte local;
        t_cells = cells;
        return (nuint)(&local);
    }

    /// <summary>Everything looks closer from now on.</summary>
    internal static void Raise()
    {
        Volatile.Write(ref Attention, 1);
        Volatile.Write(ref Reach, 0);
    }

    /// <summary>A stop: loops that only compute are thrown out, until <see cref="EndStop"/>; the rest looks closer for a
    /// minute.</summary>
    internal static void RaiseStop()
    {
        Volatile.Write(ref s_watchUntil, Environment.TickCount64 + Long);
        Volatile.Write(ref s_stopped, Environment.TickCount64);
        Volatile.Write(ref Stop, 1);
        Raise();
    }

    /// <summary>Loops that only compute may run again, when all of them have had their moment to see the stop.</summary>
    internal static void EndStop()
    {
        if (Volatile.Read(ref Stop) == 0) return;
        if (Volatile.Read(ref s_stopped) + (long)Short.TotalMilliseconds - Environment.TickCount64 is > 0 and var left)
            Thread.Sleep((int)left);
        Volatile.Write(ref Stop, 0);
    }

    /// <summary>The functions of cells run between these addresses, and nothing is to be attended to, unless a stop was not long
    /// ago.</summary>
    internal static void Settle(nuint bottom, nuint reach)
    {
        Bottom = bottom;
        var isWatching = Environment.TickCount64 < Volatile.Read(ref s_watchUntil);
        Volatile.Write(ref Attention, isWatching ? 1 : 0);
        Volatile.Write(ref Reach, isWatching ? 0u : reach);
    }
}
