using System.Collections.Concurrent;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Sends gathered console text a moment after it was written, from a thread that no cell can starve.</summary>
internal sealed class OutputFlusher
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private readonly BlockingCollection<CellMessages> _waiting = [];
    private readonly ConcurrentDictionary<CellMessages, byte> _requested = new();

    public OutputFlusher() => new Thread(Loop) { IsBackground = true, Name = "Output" }.Start();

    /// <summary>Asks for <paramref name="cell"/>'s text to be sent soon.</summary>
    public void Request(CellMessages cell)
    {
        if (_requested.TryAdd(cell, 0)) _waiting.Add(cell);
    }

    private void Loop()
    {
        foreach (var first in _waiting.GetConsumingEnumerable())
        {
            Thread.Sleep(Delay);
            var cell = first;
            do
            {
                _requested.TryRemove(cell, out _);
                cell.Flush(isLast: false);
            }
            while (_waiting.TryTake(out cell!));
        }
    }
}
