using System.Runtime;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// The one thread that cells run on, for the whole session. It has a deep stack (formatting recurses), runs what follows an <c>await</c> itself, and
/// can be interrupted wherever it is: in a loop, in a sleep, in a wait.
/// </summary>
internal sealed class CellThread
{
    private const int StackSize = 64 << 20;
    private static readonly TimeSpan NudgeEvery = TimeSpan.FromMilliseconds(150);

    private readonly Thread _thread;
    private readonly Pump _pump = new();
    private readonly Lock _gate = new();
    private Job? _next;
    private Job? _current;

    private sealed class Job(Func<Task> body, Pump.Context context)
    {
        public Func<Task> Body { get; } = body;
        public Pump.Context Context { get; } = context;
        public CancellationTokenSource Cancellation { get; } = new();
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public volatile bool Interrupted;
    }

    public CellThread()
    {
        _thread = new Thread(Loop, StackSize) { IsBackground = true, Name = "Cells" };
        _thread.Start();
    }

    /// <summary>Whether the calling thread is this one.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>
    /// Runs <paramref name="body"/> and all that follows its awaits on the cell thread. The task ends with its exception, or cancelled after
    /// <see cref="Interrupt"/>. One at a time.
    /// </summary>
    public Task Run(Func<Task> body)
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

    /// <summary>
    /// Stops what runs now: spinning code is aborted, waits are woken, and that again until it has ended (a <c>catch</c> in the cell may go on).
    /// Returns whether anything ran. Does not wait.
    /// </summary>
    public bool Interrupt()
    {
        Job? job;
        lock (_gate) job = _current ?? _next;
        if (job is null) return false;
        job.Interrupted = true;
        job.Context.IsAbandoned = true;
        _pump.Wake();

        // Cancel() blocks until the abort is delivered, so it has a thread of its own.
        new Thread(() => job.Cancellation.Cancel()) { IsBackground = true, Name = "Interrupt" }.Start();
        _ = Task.Run(async () =>
        {
            while (!job.Done.Task.IsCompleted)
            {
                await Task.Delay(NudgeEvery).ConfigureAwait(false);
                lock (_gate)
                    if (_current == job) _thread.Interrupt();
            }
        });
        return true;
    }

    /// <summary>Gives this thread up, for it will never come back from the native code it is in: what it ran ends with <paramref name="failure"/>.</summary>
    public void Abandon(Exception failure)
    {
        Job? job;
        lock (_gate) job = _current;
        job?.Done.TrySetException(failure);
    }

    private void Loop()
    {
        while (true)
        {
            try
            {
                if (_pump.Take(() => Volatile.Read(ref _next) is not null) is { } late)
                {
                    var context = late.Context;
                    Execute(new Job(() => { late.Run(); return Task.CompletedTask; }, context), isLate: true);
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
        Exception? failure = null;
        try
        {
#pragma warning disable SYSLIB0046 // Stopping a student's endless loop, without losing the process, is what it exists for.
            ControlledExecution.Run(() => RunToEnd(job), job.Cancellation.Token);
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
        }
        if (failure is null) job.Done.TrySetResult();
        else if (job.Interrupted) job.Done.TrySetCanceled();
        else if (!isLate) job.Done.TrySetException(failure);
        else
        {
            // A cell's async void, or a task that nobody awaited: said in the latest cell, and ends nothing.
            job.Done.TrySetResult();
            Console.Error.WriteLine($"{failure.GetType().Name} in a task that a cell left running: {failure.Message}");
        }
    }

    private void RunToEnd(Job job)
    {
        SynchronizationContext.SetSynchronizationContext(job.Context);
        var task = job.Body();
        if (!task.IsCompleted) task.ContinueWith(_ => _pump.Wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
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
