using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>A kernel in a process of its own, as Jupyter and VS Code start it, and the client that talks to it.</summary>
public sealed class KernelProcess : IAsyncDisposable
{
    private const int LastWords = 30;

    private readonly Process _process;
    private readonly KernelClient _client;
    private readonly string _connectionPath;
    private readonly Queue<string> _lines = new();
    private bool _overflowed;
    private readonly TaskCompletionSource _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CountdownEvent _open = new(2); // the two output streams

    private KernelProcess(KernelSpec spec, string folder)
    {
        var connection = ConnectionFile.Create();
        _connectionPath = Path.Combine(Path.GetTempPath(), $"deepcourse-kernel-{Guid.NewGuid():N}.json");
        connection.Write(_connectionPath);
        _client = new KernelClient(connection);

        var start = new ProcessStartInfo(spec.Command[0],
            spec.Command.Skip(1).Select(a => a.Replace("{connection_file}", _connectionPath, StringComparison.Ordinal)))
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in spec.Environment) start.Environment[name] = value;
        start.Environment[ParentWatch.Variable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, e) => Remember(e.Data);
        _process.ErrorDataReceived += (_, e) => Remember(e.Data);
        _process.Exited += (_, _) => OnExit();
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts a kernel in <paramref name="folder"/> (where the notebook's relative paths begin) and waits until it
    /// answers.</summary>
    /// <exception cref="KernelDiedException">It did not start; the message holds its last words.</exception>
    public static async Task<KernelProcess> StartAsync(KernelSpec spec, string folder, CancellationToken cancellation = default)
    {
        var kernel = new KernelProcess(spec, folder);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(60));
            await kernel._client.WaitUntilReadyAsync(limit.Token).ConfigureAwait(false);
            return kernel;
        }
        catch (Exception e)
        {
            await kernel.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && !cancellation.IsCancellationRequested)
                throw new KernelDiedException("The kernel did not answer within 60 seconds." + kernel.Tail());
            throw;
        }
    }

    /// <summary>The client, for requests of other kinds.</summary>
    internal KernelClient Client => _client;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Runs a cell. <paramref name="onOutput"/> gets each iopub message of it: its type and its content.</summary>
    /// <returns>The reply's content: "status" is "ok", "error" or "aborted".</returns>
    /// <exception cref="KernelDiedException">The kernel ended while the cell ran.</exception>
    /// <exception cref="InvalidDataException">The reply makes no sense.</exception>
    public async Task<JsonObject> ExecuteAsync(
        string code,
        string? cellId,
        Action<string, JsonObject> onOutput,
        CancellationToken cancellation = default)
    {
        var content = new JsonObject
        {
            ["code"] = code,
            ["silent"] = false,
            ["store_history"] = true,
            ["user_expressions"] = new JsonObject(),
            ["allow_stdin"] = false,
            ["stop_on_error"] = true,
        };
        var send = _client.SendAsync(Channel.Shell, "execute_request", content, m => onOutput(m.Type, m.Content),
            cellId is null ? null : new JsonObject { ["cellId"] = cellId }, cancellation);
        if (_exited.Task.IsCompleted) OnExit();
        return (await send.ConfigureAwait(false)).Content;
    }

    /// <summary>What of the kernel's messages made no sense and was dropped: how many, and what was wrong with the first; null
    /// for none.</summary>
    public string? Malformed =>
        _client.Malformed == 0
            ? null
            : $"{_client.Malformed} of the kernel's messages made no sense and were dropped; the first: {_client.FirstMalformed}";

    /// <summary>Interrupts the cell that runs.</summary>
    public Task InterruptAsync() => _client.SendAsync(Channel.Control, "interrupt_request", []);

    /// <summary>Shuts the kernel down: politely, and after a moment by force.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_exited.Task.IsCompleted)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            try
            {
                await _client.SendAsync(Channel.Control, "shutdown_request", new JsonObject { ["restart"] = false },
                    cancellation: limit.Token).ConfigureAwait(false);
                await _exited.Task.WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or KernelDiedException or InvalidDataException)
            {
                if (!_process.HasExited) _process.Kill(entireProcessTree: true);
            }
        }
        _client.Dispose();
        _process.Dispose();
        File.Delete(_connectionPath);
    }

    private void Remember(string? line)
    {
        if (line is null)
        {
            _open.Signal();
            return;
        }
        lock (_lines)
        {
            _overflowed |= line.StartsWith("Stack overflow", StringComparison.Ordinal);
            _lines.Enqueue(line);
            if (_lines.Count > LastWords) _lines.Dequeue();
        }
    }

    private void OnExit()
    {
        _open.Wait(TimeSpan.FromSeconds(1)); // for its last words
        _exited.TrySetResult();
        _client.Fail(new KernelDiedException($"The kernel ended.{Tail()}"));
    }

    private string Tail()
    {
        lock (_lines)
        {
            var why = _overflowed
                ? " Code called itself without an end, outside of what the kernel can watch: the stack was full."
                : "";
            return _lines.Count == 0 ? why : $"{why} Its last words:\n{string.Join('\n', _lines)}";
        }
    }
}
