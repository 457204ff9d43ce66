using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// The one thread that cells run on, for the whole session. It has a deep stack (formatting recurses), runs what follows an
/// <c>await</c> itself, and can be interrupted wherever it is: in a loop, in a sleep, in a wait.
/// </summary>
/// <remarks>
/// An interrupt asks three times, each time less politely. First by <see cref="Guard"/>, which every loop and function of the
/// cells looks at: the safe way, and the one that stops nearly everything at once. Then by waking what waits. Only what still
/// runs after a second, deep in a library, is aborted, because an abort can land anywhere: TorchSharp's Tensor.Dispose frees the
/// native tensor and only then forgets its handle, so one between the two would free it twice. (Kernels that aborted first did
/// sometimes die of a corrupted heap; that this is why is read from the source, not proven.)
/// </remarks>
internal sealed class CellThread
{
    private const int StackSize = 64 << 20; // deeper than the code of cells may go: formatting recurses, too, and what cells call
    private const int Spare = 2 << 20; // for what runs when even that is full
    private static readonly TimeSpan NudgeEvery = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan AbortAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PatienceWithHandlers = TimeSpan.FromSeconds(20);

    private readonly Action<Exception> _giveUp;
    private readonly Thread _thread;
    private readonly Pump _pump = new();
    private readonly Lock _gate = new();
    private Job? _next;
    private volatile Job? _current;
    private nuint _top;
    private bool _isUnwinding; // from a place that was too deep
    private TorchThread? _torch; // before the cell that runs, or after the last one

    private sealed class Job(Func<CancellationToken, Task> body, Pump.Context context)
    {
        public Func<CancellationToken, Task> Body { get; } = body;
        public Pump.Context Context { get; } = context;
        public CancellationTokenSource Request { get; } = new();
        public CancellationTokenSource Abort { get; } = new();
        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public volatile bool Interrupted;
    }

    /// <summary>Starts the thread; <paramref name="lost"/>, when given, is the one whose place it takes.
    /// <paramref name="giveUp"/> is called on it when it can't go on.</summary>
    public CellThread(Action<Exception> giveUp, CellThread? lost = null)
    {
        _giveUp = giveUp;
        (_torch, Culture) = (lost?._torch, lost?.Culture);
        _thread = new Thread(Loop, StackSize) { IsBackground = true, Name = "Cells" };
        _thread.Start();
    }

    /// <summary>
    /// Whether a cell was aborted here. Such a thread is to be replaced: the runtime does not deliver a second abort to it (.NET
    /// 10, seen with a plain loop).
    /// </summary>
    public bool IsSpent { get; private set; }

    /// <summary>The lowest address that a local of a cell's function may have here.</summary>
    public nuint Bottom { get; private set; }

    /// <summary>The culture that a cell has chosen for itself and those that follow; null for the one that the process
    /// has.</summary>
    public CultureInfo? Culture { get; set; }

    private nuint Reach => _top - Bottom + 4096;

    /// <summary>Whether the calling thread is this one.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>
    /// Runs <paramref name="body"/> and all that follows its awaits on the cell thread. The task ends with true, with false after
    /// <see cref="Interrupt"/>, or with the body's exception. One at a time.
    /// </summary>
    /// <param name="body">What to run. It gets the token by which an interrupt asks first.</param>
    public Task<bool> Run(Func<CancellationToken, Task> body)
    {
        var job = new Job(body, new Pump.Context(_pump));
        lock (_gate)
        {
            if (_next is not null) throw new InvalidOperationException("A cell is running already.");
            _next = job;
        }
        _pump.Wake();
        return job.Done.Task;
    }

    /// <summary>Stops what runs now. Returns whether anything ran; does not wait.</summary>
    public bool Interrupt()
    {
        Job? job;
        lock (_gate) job = _current ?? _next;
        if (job is not null) job.Interrupted = job.Context.IsAbandoned = true;
        Guard.RaiseStop();
        _pump.Wake();
        if (job is null)
        {
            EndStopSoon();
            return false;
        }
        // Threads of its own: cancelling runs callbacks of the cell's, an abort blocks until it is delivered, and the cell may
        // have filled the pool.
        new Thread(() => Press(job)) { IsBackground = true, Name = "Interrupt" }.Start();
        return true;
    }

    private void Press(Job job)
    {
        var (asked, clock) = (Stopwatch.StartNew(), Stopwatch.StartNew());
        new Thread(() =>
        {
            try
            {
                job.Request.Cancel();
            }
            catch (AggregateException)
            {
                // A callback of the cell's own threw.
            }
        })
        { IsBackground = true, Name = "Interrupt request" }.Start();
        while (!job.Done.Task.Wait(NudgeEvery))
        {
            if (Interruption.IsHandled && asked.Elapsed < PatienceWithHandlers)
            {
                clock.Restart(); // what the cell does afterwards has its second, too
                continue;
            }
            lock (_gate)
                if (_current == job) _thread.Interrupt();
            if (clock.Elapsed <= AbortAfter || IsSpent) continue;
            IsSpent = true;
            new Thread(() => job.Abort.Cancel()) { IsBackground = true, Name = "Interrupt abort" }.Start();
        }
        EndStopSoon();
    }

    /// <summary>Other threads may need a moment to see a stop. The next cell does not wait for this: it ends the stop
    /// itself.</summary>
    private void EndStopSoon() => Task.Delay(AbortAfter).ContinueWith(_ =>
    {
        if (_current is not { Interrupted: true }) Guard.EndStop();
    }, TaskScheduler.Default);

    /// <summary>The code of a cell has come too deep.</summary>
    /// <exception cref="InsufficientExecutionStackException">It is thrown out; unless it would catch this and throw it on at
    /// every level.</exception>
    public void EndRecursion()
    {
        var exception = new InsufficientExecutionStackException();
        if (_isUnwinding) throw exception;
        if (new StackTrace(1, fNeedFileInfo: false).GetFrames().Take(100).Any(Catches))
        {
            // Reflection and async functions do: on each of 20,000 levels, for which no stack is deep enough, or it takes
            // minutes. So this thread stays where it is.
            _giveUp(exception);
            while (true)
                try
                {
                    Thread.Sleep(Timeout.Infinite);
                }
                catch (ThreadInterruptedException)
                {
                }
        }
        // What is cleaned up on the way out runs still deeper.
        _isUnwinding = true;
        Bottom = _top - StackSize + Spare;
        Guard.Settle(Bottom, Reach);
        throw exception;
    }

    private static bool Catches(StackFrame frame)
    {
        try
        {
            // Reflection catches by a filter, in a method that the compiler may have put into its caller.
            if (frame.GetMethod()?.DeclaringType?.Namespace == "System.Reflection") return true;
            return frame.GetMethod()?.GetMethodBody()?.ExceptionHandlingClauses
                .Any(c => c.Flags == ExceptionHandlingClauseOptions.Clause
                    && c.CatchType?.IsAssignableFrom(typeof(InsufficientExecutionStackException)) == true) == true;
        }
        catch (Exception e) when (e is InvalidOperationException or NotSupportedException or IOException or TypeLoadException)
        {
            return false; // a method without a body that can be looked at
        }
    }

    /// <summary>What the code of a cell meets when its look at <see cref="Guard"/> finds something.</summary>
    /// <exception cref="OperationCanceledException">The cell is to stop.</exception>
    public void Attend()
    {
        var job = _current;
        if (job?.Interrupted == true) Guard.Throw();
        if (SynchronizationContext.Current is Pump.Context) _pump.RunOverdue();
        if (_pump.HasWork) return;
        Guard.Settle(Bottom, Reach);
        if (_pump.HasWork || job?.Interrupted == true) Guard.Raise(); // it came in between
    }

    /// <summary>
    /// Gives this thread up, for it will never come back from the native code it is in: what it ran ends with
    /// <paramref name="failure"/>, or as interrupted.
    /// </summary>
    public void Abandon(Exception failure)
    {
        Job? job;
        lock (_gate) job = _current;
        if (job?.Interrupted == true) job.Done.TrySetResult(false);
        else job?.Done.TrySetException(failure);
    }

    private void Loop()
    {
        _top = Guard.Enter(this);
        _torch?.Apply();
        while (!IsSpent)
        {
            try
            {
                if (_pump.Take(() => Volatile.Read(ref _next) is not null) is { } late)
                {
                    var context = late.Context;
                    Execute(new Job(_ => { late.Run(); return Task.CompletedTask; }, context), isLate: true);
                }
                else
                {
                    Execute(_next!, isLate: false);
                }
            }
            catch (ThreadInterruptedException)
            {
                // A nudge that came when its job had just ended.
            }
        }
    }

    private void Execute(Job job, bool isLate)
    {
        lock (_gate)
        {
            _current = job;
            if (!isLate) _next = null;
        }
        if (!isLate)
        {
            Guard.EndStop();
            _torch = TorchThread.Capture();
        }
        (Bottom, _isUnwinding) = (_top - Guard.Depth, false);
        Guard.Settle(Bottom, Reach);
        if (job.Interrupted || _pump.HasWork) Guard.Raise();
        Exception? failure = null;
        try
        {
#pragma warning disable SYSLIB0046 // Stopping a student's endless loop, without losing the process, is what it exists for.
            ControlledExecution.Run(() => RunToEnd(job), job.Abort.Token);
#pragma warning restore SYSLIB0046
        }
        catch (Exception e)
        {
            failure = e;
        }
        finally
        {
            lock (_gate) _current = null;
            ForgetNudges();
            _torch = TorchThread.Capture(); // what it has in braces has been closed, whatever ended it
        }
        if (failure is null) job.Done.TrySetResult(true);
        else if (job.Interrupted) job.Done.TrySetResult(false);
        else if (!isLate) job.Done.TrySetException(failure);
        else
        {
            // A cell's async void, or a task that nobody awaited.
            job.Done.TrySetResult(true);
            UnhandledExceptions.Show(failure);
        }
    }

    private void RunToEnd(Job job)
    {
        SynchronizationContext.SetSynchronizationContext(job.Context);
        if (Culture is { } culture) CultureInfo.CurrentCulture = culture;
        var task = job.Body(job.Request.Token);
        if (!task.IsCompleted)
            task.ContinueWith(_ => _pump.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        while (_pump.Take(() => task.IsCompleted || job.Interrupted) is { } continuation) continuation.Run();
        if (!task.IsCompleted) throw new OperationCanceledException();
        task.GetAwaiter().GetResult();
    }

    private static void ForgetNudges()
    {
        try
        {
            Thread.Sleep(0);
        }
        catch (ThreadInterruptedException)
        {
        }
    }
}
