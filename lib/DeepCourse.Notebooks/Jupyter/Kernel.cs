using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using DeepCourse.Native;
using DeepCourse.Notebooks.Engine;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// The Jupyter kernel: requests come from <see cref="KernelSockets"/>, cells go to <see cref="CSharpSession"/> one after another, and every request
/// is answered in the protocol's order: busy, outputs, reply, idle.
/// </summary>
public sealed class Kernel : IDisposable
{
    private readonly KernelSockets _sockets;
    private readonly OutputFlusher _flusher = new();
    private readonly BlockingCollection<Message> _cells = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CSharpSession? _session;
    private int _executionCount;

    private Kernel(ConnectionFile connection)
    {
        _sockets = new KernelSockets(connection, Receive);
    }

    /// <summary>The version of this kernel.</summary>
    public static string Version { get; } = typeof(Kernel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "1.0.0";

    /// <summary>Runs a kernel until it is shut down, its parent ends, or it is told to stop by a signal.</summary>
    /// <param name="connectionFile">The path of the connection file that the client wrote.</param>
    /// <exception cref="InvalidDataException">The connection file can't be used.</exception>
    /// <exception cref="IOException">The connection file can't be read.</exception>
    public static async Task RunAsync(string connectionFile)
    {
        using var kernel = new Kernel(ConnectionFile.Read(connectionFile));

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            kernel._session?.Interrupt();
        });
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            kernel._ended.TrySetResult();
        });
        WatchParent(kernel);

        // The sockets are bound and answer before anything heavy is loaded: front-ends wait for that.
        kernel._sockets.Start();
        new Thread(kernel.RunCells) { IsBackground = true, Name = "Requests" }.Start();
        await kernel._ended.Task.ConfigureAwait(false);

        // Whatever hangs, the process ends.
        new Thread(() =>
        {
            Thread.Sleep(3000);
            Environment.Exit(0);
        })
        { IsBackground = true }.Start();
        kernel.Dispose();
        Environment.Exit(0); // a cell may still run on its thread
    }

    /// <summary>Sends what is waiting and closes the sockets.</summary>
    public void Dispose()
    {
        _sockets.Dispose();
        _cells.Dispose();
    }

    // ---- what comes in, on the socket thread ----

    private void Receive(Channel channel, Message message)
    {
        if (channel == Channel.Stdin) return;
        if (message.Type == "execute_request")
        {
            _cells.Add(message);
            return;
        }
        Answer(channel, message, message.Type switch
        {
            "kernel_info_request" => KernelInfo(),
            "interrupt_request" => Interrupt(),
            "shutdown_request" => new JsonObject { ["status"] = "ok", ["restart"] = message.Content["restart"]?.DeepClone() ?? false },
            "comm_info_request" => new JsonObject { ["status"] = "ok", ["comms"] = new JsonObject() },
            "is_complete_request" => new JsonObject { ["status"] = "unknown" },
            "history_request" => new JsonObject { ["status"] = "ok", ["history"] = new JsonArray() },
            _ => null,
        });
        if (message.Type == "shutdown_request") _ended.TrySetResult();
    }

    /// <summary>Busy, the reply if there is one, idle: also for a type that this kernel does not know, because the client waits for the idle.</summary>
    private void Answer(Channel channel, Message request, JsonObject? reply)
    {
        PublishStatus(request, "busy");
        if (reply is not null) Reply(channel, request, reply);
        PublishStatus(request, "idle");
    }

    private JsonObject Interrupt()
    {
        _session?.Interrupt();
        return new JsonObject { ["status"] = "ok" };
    }

    private static JsonObject KernelInfo() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = Message.ProtocolVersion,
        ["implementation"] = "deepcourse-csharp",
        ["implementation_version"] = Version,
        ["language_info"] = new JsonObject
        {
            ["name"] = "C#",
            ["version"] = "14.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
        },
        ["banner"] = $"DeepCourse C# kernel {Version}: C# 14 on .NET {Environment.Version}, with TorchSharp, Plotly.NET and the course's library",
        ["help_links"] = new JsonArray(
            new JsonObject { ["text"] = "C# language reference", ["url"] = "https://learn.microsoft.com/dotnet/csharp/language-reference/" },
            new JsonObject { ["text"] = "TorchSharp", ["url"] = "https://github.com/dotnet/TorchSharp" },
            new JsonObject { ["text"] = "Plotly.NET", ["url"] = "https://plotly.net" }),
        ["supported_features"] = new JsonArray(),
    };

    // ---- cells, on the request thread ----

    private void RunCells()
    {
        try
        {
            var session = new CSharpSession();
            session.WarmUp();
            _session = session;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"The C# engine could not start: {e}");
            _ended.TrySetResult();
            return;
        }
        _ = Task.Run(() =>
        {
            try
            {
                Libtorch.Load(); // while the reader looks at the first cell
            }
            catch (PlatformNotSupportedException)
            {
                // Said again, and to the right reader, by the first cell that needs it.
            }
        });
        foreach (var request in _cells.GetConsumingEnumerable())
            try
            {
                Execute(request).GetAwaiter().GetResult();
            }
            catch (Exception e)
            {
                Console.Error.WriteLine($"A request could not be answered: {e}");
                Reply(Channel.Shell, request, new JsonObject { ["status"] = "error", ["ename"] = e.GetType().Name, ["evalue"] = e.Message, ["traceback"] = new JsonArray(), ["execution_count"] = _executionCount });
                PublishStatus(request, "idle");
            }
    }

    private async Task Execute(Message request)
    {
        var code = (string?)request.Content["code"] ?? "";
        var silent = (bool?)request.Content["silent"] ?? false;
        var storeHistory = !silent && ((bool?)request.Content["store_history"] ?? true);
        var stopOnError = (bool?)request.Content["stop_on_error"] ?? true;

        PublishStatus(request, "busy");
        if (storeHistory) _executionCount++;
        var number = _executionCount;
        if (!silent) Publish(request, "execute_input", new JsonObject { ["code"] = code, ["execution_count"] = number });

        var output = new CellMessages((type, content) => Publish(request, type, content), _flusher);
        var result = await _session!.RunAsync(code, number, output, null, (string?)request.Metadata["cellId"]).ConfigureAwait(false);
        output.Flush();

        if (result.Status == CellStatus.Ok)
        {
            if (result.Value is { } value && !silent)
                Publish(request, "execute_result", new JsonObject { ["execution_count"] = number, ["data"] = value.ToJson(), ["metadata"] = new JsonObject() });
            Reply(Channel.Shell, request, new JsonObject { ["status"] = "ok", ["execution_count"] = number, ["user_expressions"] = new JsonObject(), ["payload"] = new JsonArray() });
        }
        else
        {
            var error = Error(result.Error!);
            if (!silent) Publish(request, "error", (JsonObject)error.DeepClone());
            error["status"] = "error";
            error["execution_count"] = number;
            Reply(Channel.Shell, request, error);
        }
        // Only what waits already is aborted: a cell that the user runs from now on is meant.
        var aborted = new List<Message>();
        if (result.Status != CellStatus.Ok && stopOnError)
            while (_cells.TryTake(out var waiting)) aborted.Add(waiting);
        PublishStatus(request, "idle");
        foreach (var waiting in aborted)
            Answer(Channel.Shell, waiting, new JsonObject { ["status"] = "aborted", ["execution_count"] = _executionCount });
    }

    private static JsonObject Error(CellError error)
    {
        const string red = "\u001b[31m", plain = "\u001b[0m";
        return new JsonObject
        {
            ["ename"] = error.Name,
            ["evalue"] = error.Message,
            ["traceback"] = new JsonArray([.. error.Report.Select((line, i) => (JsonNode)(i == 0 ? $"{red}{line}{plain}" : line))]),
        };
    }

    // ---- what goes out ----

    private void PublishStatus(Message request, string state) => Publish(request, "status", new JsonObject { ["execution_state"] = state });

    private void Publish(Message request, string type, JsonObject content) =>
        _sockets.Send(Channel.Iopub, Message.Create(type, _sockets.Session, content, request.Header, [System.Text.Encoding.ASCII.GetBytes(type)]));

    private void Reply(Channel channel, Message request, JsonObject content) =>
        _sockets.Send(channel, Message.Create(request.Type.Replace("_request", "_reply", StringComparison.Ordinal), _sockets.Session, content, request.Header, request.Identities));

    /// <summary>A kernel whose client has died is nobody's: it ends too.</summary>
    private static void WatchParent(Kernel kernel)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), out var id) || id <= 1) return;
        _ = Task.Run(async () =>
        {
            try
            {
                using var parent = System.Diagnostics.Process.GetProcessById(id);
                await parent.WaitForExitAsync().ConfigureAwait(false);
            }
            catch (ArgumentException)
            {
                // It has ended already.
            }
            kernel._ended.TrySetResult();
        });
    }
}
