using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using DeepCourse.Notebooks.Engine;
using DeepCourse.Notebooks.Formatting;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// The Jupyter kernel: requests come from <see cref="KernelSockets"/>, cells go to <see cref="CSharpSession"/> one after another,
/// and every request is answered in the protocol's order: busy, outputs, reply, idle. This class starts, ends and hands out; the
/// requests have classes of their own.
/// </summary>
public sealed class Kernel : IDisposable
{
    private readonly KernelSockets _sockets;
    private readonly KernelLink _link;
    private readonly LanguageRequests _language;
    private readonly InputRequests _input;
    private readonly CellRequests _cells;
    private readonly History _history = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile CSharpSession? _session;

    private Kernel(ConnectionFile connection)
    {
        _sockets = new KernelSockets(connection, Receive);
        _link = new KernelLink(_sockets);
        _language = new LanguageRequests(_link);
        _input = new InputRequests(_link);
        _cells = new CellRequests(_link, _language, _input, _history);
    }

    /// <summary>The version of this kernel.</summary>
    public static string Version { get; } =
        typeof(Kernel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "1.0.0";

    /// <summary>Runs a kernel until it is shut down, its parent ends, or it is told to stop by a signal.</summary>
    /// <param name="connectionFile">The path of the connection file that the client wrote.</param>
    /// <exception cref="InvalidDataException">The connection file can't be used.</exception>
    /// <exception cref="IOException">The connection file can't be read.</exception>
    public static async Task RunAsync(string connectionFile)
    {
        // Cultures are there by name, and the one that nobody chose is the same everywhere: outputs must not change with the
        // machine's language.
        CultureInfo.CurrentCulture =
            CultureInfo.CurrentUICulture =
                CultureInfo.DefaultThreadCurrentCulture =
                    CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
        using var kernel = new Kernel(ConnectionFile.Read(connectionFile));

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            kernel.InterruptCell();
        });
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            kernel._ended.TrySetResult();
        });
        Signals.HeedInterrupts();
        ParentWatch.Start(() => kernel._ended.TrySetResult());

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

    /// <summary>Sends what is waiting and closes the sockets. A cell may still run on its thread; it ends with the
    /// process.</summary>
    public void Dispose()
    {
        _sockets.Dispose();
    }

    // ---- what comes in, on the socket thread: nothing here may take long ----

    private void Receive(Channel channel, Message message)
    {
        switch (message.Type)
        {
            case "input_reply" when channel == Channel.Stdin:
                _input.Receive(message);
                break;
            case "execute_request" when channel == Channel.Shell:
                _cells.Add(message);
                break;
            case "complete_request" or "inspect_request" or "is_complete_request" when channel == Channel.Shell:
                _language.Receive(message);
                break;
            case "comm_open" when channel == Channel.Shell:
                // Nobody here knows any target: closed politely, or the widget would wait.
                _link.Answer(channel, message, () =>
                {
                    _link.Publish(message, "comm_close",
                        new JsonObject { ["comm_id"] = message.Content["comm_id"]?.DeepClone(), ["data"] = new JsonObject() });
                    return null;
                });
                break;
            default:
                if (channel == Channel.Stdin) break;
                _link.Answer(channel, message, () => message.Type switch
                {
                    "kernel_info_request" => KernelInfo(),
                    "history_request" => _history.Answer(message.Content),
                    "comm_info_request" => new JsonObject { ["status"] = "ok", ["comms"] = new JsonObject() },
                    "interrupt_request" => Interrupt(message),
                    "shutdown_request" =>
                        new JsonObject { ["status"] = "ok", ["restart"] = message.Content["restart"]?.DeepClone() ?? false },
                    _ => null,
                });
                if (message.Type == "shutdown_request") _ended.TrySetResult();
                break;
        }
    }

    private JsonObject Interrupt(Message request)
    {
        InterruptCell(request);
        return new JsonObject { ["status"] = "ok" };
    }

    private void InterruptCell(Message? request = null)
    {
        if (_session?.Interrupt() != true) _cells.InterruptWaiting(request);
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
            ["version"] = CSharpSession.LanguageVersion,
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
        },
        ["banner"] = $"DeepCourse C# kernel {Version}: C# {CSharpSession.LanguageVersion.Split('.')[0]} on "
            + $".NET {Environment.Version}, with TorchSharp, Plotly.NET and the course's library",
        ["help_links"] = new JsonArray(
            new JsonObject
            {
                ["text"] = "C# language reference",
                ["url"] = "https://learn.microsoft.com/dotnet/csharp/language-reference/"
            },
            new JsonObject { ["text"] = "TorchSharp", ["url"] = "https://github.com/dotnet/TorchSharp" },
            new JsonObject { ["text"] = "Plotly.NET", ["url"] = "https://plotly.net" }),
        ["supported_features"] = new JsonArray(),
    };

    // ---- cells, on their own thread ----

    private void RunCells()
    {
        try
        {
            var session = new CSharpSession();
            session.WarmUp();
            _session = session;
            _language.Use(session);
            new Thread(Prepare) { IsBackground = true, Name = "Preparations" }.Start();
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"The C# engine could not start: {e}");
            _ended.TrySetResult();
            return;
        }
        _cells.Loop(_session);
    }

    /// <summary>
    /// What the first value shown and the first completion would wait for. In a pause: the user's first cells, which often come
    /// together, would be twice as slow beside it.
    /// </summary>
    private void Prepare()
    {
        _cells.WaitUntilQuiet(TimeSpan.FromMilliseconds(300));
        ValueFormatter.Format(0);
        _language.WarmUp();
    }
}
