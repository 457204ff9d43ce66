using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// What follows an <c>await</c> in a cell comes back to the cell thread through this queue, so that it runs on that one thread,
/// where it can be interrupted and where libtorch's gradient mode and TorchSharp's scopes live. It is taken from here also while
/// the cell waits for something else, which may be just what it brings.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable",
    Justification = "It lives as long as the thread of the cells.")]
internal sealed class Pump
{
    /// <summary>How long what a cell's awaits bring may wait while it computes. A cell that asks again and again whether a task
    /// has ended waits for that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a lock is waited for alone. In a lock of its own a cell does not expect that something else of it runs
    /// in between.</summary>
    private static readonly TimeSpan PatienceWithLocks = TimeSpan.FromSeconds(1);

    private const int TimedOut = 258, MostHandles = 64;

    private readonly ConcurrentQueue<Continuation> _queue = new();
    private readonly AutoResetEvent _arrived = new(false);

    public readonly record struct Continuation(Context Context, SendOrPostCallback Callback, object? State, long Since)
    {
        public void Run()
        {
            SynchronizationContext.SetSynchronizationContext(Context);
            Callback(State);
        }
    }

    /// <summary>The synchronisation context of one cell. After an interrupt it is abandoned: what its awaits still bring is
    /// dropped.</summary>
    public sealed class Context : SynchronizationContext
    {
        private readonly Pump _pump;

        public Context(Pump pump)
        {
            _pump = pump;
            SetWaitNotificationRequired();
        }

        public bool IsAbandoned { get; set; }

        public override void Post(SendOrPostCallback d, object? state)
        {
            _pump._queue.Enqueue(new Continuation(this, d, state, Stopwatch.GetTimestamp()));
            _pump.Wake();
            Guard.Raise();
        }

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (Current == this) d(state);
            else throw new NotSupportedException("A cell's thread takes no synchronous calls from others: use Post.");
        }

        public override SynchronizationContext CreateCopy() => this;

        public override int Wait(nint[] waitHandles, bool waitAll, int millisecondsTimeout) =>
            _pump.Wait(this, waitHandles, waitAll, millisecondsTimeout);

        /// <summary>Waits as everywhere else.</summary>
        public static int WaitAlone(nint[] waitHandles, bool waitAll, int millisecondsTimeout) =>
            WaitHelper(waitHandles, waitAll, millisecondsTimeout);
    }

    /// <summary>Whether anything waits.</summary>
    public bool HasWork => !_queue.IsEmpty;

    /// <summary>Makes <see cref="Take"/> look at its condition again.</summary>
    public void Wake() => _arrived.Set();

    /// <summary>Waits for the next continuation; null once <paramref name="stop"/> says so.</summary>
    public Continuation? Take(Func<bool> stop)
    {
        while (true)
        {
            if (stop()) return null;
            if (!_queue.TryDequeue(out var item))
                Context.WaitAlone([_arrived.SafeWaitHandle.DangerousGetHandle()], false, Timeout.Infinite);
            else if (!item.Context.IsAbandoned) return item;
        }
    }

    /// <summary>Runs what has waited too long, in the middle of other code of the cell thread.</summary>
    public void RunOverdue()
    {
        if (_queue.TryPeek(out var first) && Stopwatch.GetElapsedTime(first.Since) >= Patience) RunQueued();
    }

    /// <summary>
    /// The cell's thread waits for something. Meanwhile it runs what its awaits bring; otherwise <c>F().Result</c>, of a function
    /// that awaits, would wait for ever.
    /// </summary>
    private int Wait(Context context, nint[] handles, bool waitAll, int milliseconds)
    {
        var clock = Stopwatch.StartNew();
        int Left() => milliseconds < 0 ? Timeout.Infinite : (int)Math.Max(0, milliseconds - clock.ElapsedMilliseconds);
        if (IsForLock())
        {
            var patience = (int)PatienceWithLocks.TotalMilliseconds;
            var first = Context.WaitAlone(handles, waitAll, milliseconds < 0 ? patience : Math.Min(milliseconds, patience));
            if (first != TimedOut || Left() == 0) return first;
        }

        var canAdd = handles.Length < MostHandles && (!waitAll || handles.Length == 1);
        nint[] all = canAdd ? [.. handles, _arrived.SafeWaitHandle.DangerousGetHandle()] : handles;
        while (true)
        {
            while (RunNext())
            {
                SynchronizationContext.SetSynchronizationContext(context);
                if (Context.WaitAlone(handles, waitAll, 0) is not TimedOut and var ended) return ended;
            }
            var left = Left();
            var index = canAdd
                ? Context.WaitAlone(all, false, left)
                : Context.WaitAlone(handles, waitAll, left < 0 ? 10 : Math.Min(left, 10));
            if (canAdd && index == handles.Length) continue;
            if (index != TimedOut || Left() == 0) return index;
        }
    }

    private void RunQueued()
    {
        var context = SynchronizationContext.Current;
        while (RunNext())
        {
        }
        SynchronizationContext.SetSynchronizationContext(context);
    }

    /// <summary>Runs one continuation inside other code, which has no part in its exceptions.</summary>
    private bool RunNext()
    {
        if (!_queue.TryDequeue(out var item)) return false;
        if (item.Context.IsAbandoned) return true;
        try
        {
            item.Run();
        }
        catch (Exception e) when (!StoppedException.Is(e))
        {
            UnhandledExceptions.Show(e);
        }
        return true;
    }

    /// <summary>Whether the wait is for a lock that another thread holds: then the code that waits is not one of the classes for
    /// waiting.</summary>
    private static bool IsForLock()
    {
        var trace = new StackTrace(3, fNeedFileInfo: false);
        var caller = trace.GetFrame(0)?.GetMethod();
        return caller?.DeclaringType is { } type
            && (type == typeof(Monitor) && caller.Name.Contains("Enter", StringComparison.Ordinal)
            || type == typeof(Lock) || type.Namespace?.StartsWith("System.Threading", StringComparison.Ordinal) != true);
    }
}
