using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using DeepCourse.Notebooks.Engine;
using DeepCourse.Notebooks.Formatting;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// A cell's output as messages. Console text is gathered and sent about every 50 ms, when it gets long, and before anything else
/// of the cell: a message per write would flood front-ends.
/// </summary>
internal sealed class CellMessages(Action<string, JsonObject> publish, OutputFlusher flusher) : ICellOutput
{
    private const int LongText = 1 << 16;

    // What front-ends and the servers between can take: a burst, and then so many characters a second. A cell that writes faster
    // is held up, so that nothing piles up here or in the sockets.
    private const double Burst = 4 << 20, PerSecond = 2 << 20;

    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _written;
    private bool _isError;

    public void Write(string text, bool isError)
    {
        lock (_gate)
        {
            if (_text.Length > 0 && _isError != isError) SendText(isLast: true);
            _isError = isError;
            _written += text.Length;
            _text.Append(text);
            if (_text.Length >= LongText) SendText(isLast: false);
            else flusher.Request(this);
        }
    }

    public void Pace()
    {
        var ahead = _written - Burst - PerSecond * _clock.Elapsed.TotalSeconds;
        if (ahead > 0) Thread.Sleep(TimeSpan.FromSeconds(Math.Min(1, ahead / PerSecond)));
    }

    public void Display(MimeBundle bundle, string displayId, bool isUpdate)
    {
        lock (_gate)
        {
            SendText(isLast: true);
            publish(isUpdate ? "update_display_data" : "display_data", new JsonObject
            {
                ["data"] = bundle.ToJson(),
                ["metadata"] = new JsonObject(),
                ["transient"] = new JsonObject { ["display_id"] = displayId },
            });
        }
    }

    public void Clear(bool wait)
    {
        lock (_gate)
        {
            SendText(isLast: true);
            publish("clear_output", new JsonObject { ["wait"] = wait });
        }
    }

    /// <summary>Sends the text that has gathered.</summary>
    public void Flush(bool isLast = true)
    {
        lock (_gate) SendText(isLast);
    }

    private void SendText(bool isLast)
    {
        // Half of a two-part character waits for its other half.
        var length = !isLast && _text.Length > 0 && char.IsHighSurrogate(_text[^1]) ? _text.Length - 1 : _text.Length;
        if (length == 0) return;
        publish("stream", new JsonObject { ["name"] = _isError ? "stderr" : "stdout", ["text"] = _text.ToString(0, length) });
        _text.Remove(0, length);
    }
}
