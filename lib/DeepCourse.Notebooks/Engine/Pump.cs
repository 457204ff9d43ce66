namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// What follows an <c>await</c> in a cell comes back to the cell thread through this queue, so that it runs on that one thread, where it can be
/// interrupted and where libtorch's gradient mode and TorchSharp's scopes live.
/// </summary>
internal sealed class Pump
{
    private readonly Queue<Continuation> _queue = new();

    public readonly record struct Continuation(Context Context, SendOrPostCallback Callback, object? State)
    {
        public void Run()
        {
            SynchronizationContext.SetSynchronizationContext(Context);
            Callback(State);
        }
    }

    /// <summary>The synchronisation context of one cell. After an interrupt it is abandoned: what its awaits still bring is dropped.</summary>
    public sealed class Context(Pump pump) : SynchronizationContext
    {
        public bool IsAbandoned { get; set; }

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (pump._queue)
            {
                pump._queue.Enqueue(new Continuation(this, d, state));
                Monitor.PulseAll(pump._queue);
            }
        }

        public override void Send(SendOrPostCallback d, object? state)
        {
            if (Current == this) d(state);
            else throw new NotSupportedException("A cell's thread takes no synchronous calls from others: use Post.");
        }

        public override SynchronizationContext CreateCopy() => this;
    }

    /// <summary>Makes <see cref="Take"/> look at its condition again.</summary>
    public void Wake()
    {
        lock (_queue) Monitor.PulseAll(_queue);
    }

    /// <summary>Waits for the next continuation; null once <paramref name="stop"/> says so.</summary>
    public Continuation? Take(Func<bool> stop)
    {
        lock (_queue)
        {
            while (true)
            {
                if (stop()) return null;
                if (!_queue.TryDequeue(out var item)) Monitor.Wait(_queue);
                else if (!item.Context.IsAbandoned) return item;
            }
        }
    }
}
