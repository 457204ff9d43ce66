using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>A kernel process and a client that sees every message.</summary>
internal sealed class RawKernel : IAsyncDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");

    private RawKernel(IReadOnlyDictionary<string, string> environment, string folder, IEnumerable<string> starter)
    {
        Connection = ConnectionFile.Create();
        Connection.Write(_path);
        Client = new KernelClient(Connection);
        var spec = KernelSpec.Own();
        var command = starter.Concat(spec.Command)
            .Select(a => a.Replace("{connection_file}", _path, StringComparison.Ordinal)).ToList();
        var start = new ProcessStartInfo(command[0],
            command.Skip(1))
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder
        };
        foreach (var (name, value) in spec.Environment.Concat(environment)) start.Environment[name] = value;
        Process = Process.Start(start)!;
        Process.ErrorDataReceived += (_, e) => Errors.Add(e.Data ?? "");
        Process.BeginErrorReadLine();
        Process.BeginOutputReadLine();
    }

    public ConnectionFile Connection { get; }

    public KernelClient Client { get; }

    public Process Process { get; }

    public ConcurrentBag<string> Errors { get; } = [];

    /// <summary>Starts a kernel, by another program where <paramref name="starter"/> names one with its arguments.</summary>
    public static async Task<RawKernel> StartAsync(
        IReadOnlyDictionary<string, string>? environment = null,
        string folder = "",
        params string[] starter)
    {
        var kernel = new RawKernel(environment ?? new Dictionary<string, string>(), folder, starter);
        await kernel.Client.WaitUntilReadyAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        return kernel;
    }

    /// <summary>Sends an execute request; returns the reply's content and the iopub messages up to idle.</summary>
    public async Task<(JsonObject Reply, List<Message> Outputs)> Run(string code, params (string Name, JsonNode? Value)[] more)
    {
        var content = new JsonObject { ["code"] = code };
        foreach (var (name, value) in more) content[name] = value;
        var outputs = new List<Message>();
        var reply = await Client.SendAsync(Channel.Shell, "execute_request", content, outputs.Add)
            .WaitAsync(TimeSpan.FromSeconds(60));
        return (reply.Content, outputs);
    }

    /// <summary>Sends an execute request and returns once the cell has printed "started": from there on it is running, however
    /// slow the machine.</summary>
    public async Task<Task<(JsonObject Reply, List<Message> Outputs)>> Start(string code)
    {
        var outputs = new List<Message>();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async Task<(JsonObject, List<Message>)> Reply() =>
            ((await Client.SendAsync(Channel.Shell, "execute_request", new JsonObject { ["code"] = code }, message =>
            {
                outputs.Add(message);
                if (message.Type == "stream" && ((string?)message.Content["text"])!.Contains("started", StringComparison.Ordinal))
                    started.TrySetResult();
            }).WaitAsync(TimeSpan.FromSeconds(60))).Content, outputs);
        var running = Reply();
        await started.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return running;
    }

    public async Task<JsonObject> Ask(string type, JsonObject content, Channel channel = Channel.Shell) =>
        (await Client.SendAsync(channel, type, content, _ => { }).WaitAsync(TimeSpan.FromSeconds(30))).Content;

    public async Task<string> Value(string code) =>
        (string?)(await Run(code)).Outputs.Find(m => m.Type == "execute_result")?.Content["data"]?["text/plain"] ?? "(none)";

    public async ValueTask DisposeAsync()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        await Process.WaitForExitAsync();
        Client.Dispose();
        Process.Dispose();
        File.Delete(_path);
    }
}
