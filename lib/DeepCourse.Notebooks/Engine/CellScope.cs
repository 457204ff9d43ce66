namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// The cell that an output belongs to. It flows with the execution context, into tasks and threads that the cell starts, so that
/// late output keeps its own cell; what comes from elsewhere goes to the latest one.
/// </summary>
/// <param name="Output">Where its output goes.</param>
/// <param name="Input">Whom to ask for a line; null when nobody is there.</param>
/// <param name="Number">The number that the notebook shows beside it.</param>
/// <param name="Key">What stays the same when the cell runs again: its id, or its text where the front-end gives none.</param>
internal sealed record CellScope(ICellOutput Output, ICellInput? Input, int Number, string Key)
{
    private static readonly AsyncLocal<CellScope?> Flowing = new();
    private static volatile CellScope? s_latest;
    private static int s_count, s_stopped;

    private readonly int _index = Interlocked.Increment(ref s_count);
    private volatile bool _isStopped;

    /// <summary>The cell that the caller runs for; null before the first one.</summary>
    public static CellScope? Current => Flowing.Value ?? s_latest;

    /// <summary>The cell that the caller runs for, if that is known.</summary>
    public static CellScope? OfCaller => Flowing.Value;

    /// <summary>Whether the stop button was pressed while it ran, or later while no cell ran: what it has left running is to
    /// end.</summary>
    public bool IsStopped => _isStopped || _index <= Volatile.Read(ref s_stopped);

    public void Enter() => Flowing.Value = s_latest = this;

    public void Stop() => _isStopped = true;

    /// <summary>Stops what all cells so far have left running.</summary>
    public static void StopAll() => Volatile.Write(ref s_stopped, Volatile.Read(ref s_count));
}
