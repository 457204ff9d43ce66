using DeepCourse.Notebooks.Engine;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Questions to the user: <c>Console.ReadLine()</c> in a cell becomes an input_request, and waits on the cell's thread,
/// where an interrupt ends it.</summary>
internal sealed class InputRequests(KernelLink link)
{
    private readonly object _gate = new();
    private string? _answer;
    private bool _isWaiting;

    /// <summary>Whom a cell can ask; null when the client did not allow it.</summary>
    public ICellInput? For(Message request) => (bool?)request.Content["allow_stdin"] ?? true ? new Asker(this, request) : null;

    /// <summary>An answer has come. One that nobody waits for (of a cell that was interrupted) is dropped.</summary>
    public void Receive(Message reply)
    {
        lock (_gate)
        {
            if (!_isWaiting) return;
            _answer = (string?)reply.Content["value"] ?? "";
            Monitor.PulseAll(_gate);
        }
    }

    private string Ask(Message request, string prompt, bool isPassword)
    {
        lock (_gate)
        {
            _answer = null;
            _isWaiting = true;
            try
            {
                link.AskForInput(request, prompt, isPassword);
                while (_answer is null) Monitor.Wait(_gate);
                return _answer;
            }
            finally
            {
                _isWaiting = false;
            }
        }
    }

    private sealed class Asker(InputRequests owner, Message request) : ICellInput
    {
        public string ReadLine(string prompt, bool isPassword)
        {
            (CellScope.Current?.Output as CellMessages)?.Flush(); // what was printed before the question stands above it
            return owner.Ask(request, prompt, isPassword);
        }
    }
}
