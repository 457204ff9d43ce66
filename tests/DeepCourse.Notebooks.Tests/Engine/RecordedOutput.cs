using System.Diagnostics;
using System.Text;
using DeepCourse.Notebooks.Formatting;

namespace DeepCourse.Notebooks.Engine;

/// <summary>What a cell showed, in order.</summary>
internal sealed class RecordedOutput : ICellOutput
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _out = new(), _error = new();
    private readonly List<(MimeBundle Bundle, string Id, bool IsUpdate)> _displays = [];

    public string Out { get { lock (_gate) return _out.ToString(); } }

    public string Error { get { lock (_gate) return _error.ToString(); } }

    /// <summary>Waits until <paramref name="text"/> has been printed.</summary>
    public async Task Printed(string text)
    {
        for (var clock = Stopwatch.StartNew(); !Out.Contains(text, StringComparison.Ordinal);)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"'{text}' was never printed.");
            await Task.Delay(10);
        }
    }

    public IReadOnlyList<(MimeBundle Bundle, string Id, bool IsUpdate)> Displays { get { lock (_gate) return [.. _displays]; } }

    public void Write(string text, bool isError)
    {
        lock (_gate) (isError ? _error : _out).Append(text);
    }

    public void Pace()
    {
    }

    public void Display(MimeBundle bundle, string displayId, bool isUpdate)
    {
        lock (_gate) _displays.Add((bundle, displayId, isUpdate));
    }

    public void Clear(bool wait)
    {
        lock (_gate) _displays.Clear();
    }
}
