using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>The client's side of the wire, for one kernel: requests with their replies, and what cells show.</summary>
internal sealed class KernelClient : IDisposable
{
    private readonly MessageCodec _codec;
    private readonly DealerSocket _shell = new(), _control = new(), _stdin = new();
    private readonly SubscriberSocket _iopub = new();
    private readonly NetMQQueue<(Channel Channel, Message Message)> _outgoing = new();
    private readonly NetMQPoller _poller;
    private readonly ConcurrentDictionary<string, Request> _requests = new();
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _session = Guid.NewGuid().ToString();
    private int _disposed, _malformed;

    private sealed class Request(Action<Message>? onOutput)
    {
        public Action<Message>? OnOutput { get; } = onOutput;
        public TaskCompletionSource<Message> Reply { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
        public TaskCompletionSource Idle { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Answers the kernel's questions to the user: the content of an input_request in, the answer out; null for
    /// none.</summary>
    public Func<JsonObject, string?>? Input { get; set; }

    /// <summary>Connects to the kernel of <paramref name="connection"/>, which may not have started yet.</summary>
    public KernelClient(ConnectionFile connection)
    {
        _codec = new MessageCodec(connection.Key);
        foreach (var socket in new NetMQSocket[] { _shell, _control, _stdin, _iopub })
        {
            socket.Options.SendHighWatermark = socket.Options.ReceiveHighWatermark = 0;
            socket.Options.Linger = TimeSpan.FromMilliseconds(200);
            socket.Options.ReconnectInterval = TimeSpan.FromMilliseconds(50);
        }
        // stdin must answer to the shell's identity.
        _shell.Options.Identity = _stdin.Options.Identity = System.Text.Encoding.ASCII.GetBytes(_session);
        _shell.Connect(connection.Address(connection.ShellPort));
        _control.Connect(connection.Address(connection.ControlPort));
        _stdin.Connect(connection.Address(connection.StdinPort));
        _iopub.Connect(connection.Address(connection.IopubPort));
        _iopub.SubscribeToAnyTopic();

        _shell.ReceiveReady += (_, _) => Receive(_shell);
        _control.ReceiveReady += (_, _) => Receive(_control);
        _stdin.ReceiveReady += (_, _) => Receive(_stdin);
        _iopub.ReceiveReady += (_, _) => Receive(_iopub);
        _outgoing.ReceiveReady += (_, _) => SendQueued();
        _poller = new NetMQPoller { _shell, _control, _stdin, _iopub, _outgoing };
        _poller.RunAsync("Kernel client", isBackgroundThread: true);
    }

    /// <summary>Waits until the kernel answers and its outputs arrive here.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellation)
    {
        await SendAsync(Channel.Shell, "kernel_info_request", [], cancellation: cancellation).ConfigureAwait(false);
        while (!_subscribed.Task.IsCompleted) // a kernel without a welcome: ask until something of it arrives on iopub
        {
            await Task.WhenAny(_subscribed.Task, Task.Delay(200, cancellation)).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            if (!_subscribed.Task.IsCompleted)
                await SendAsync(Channel.Shell, "kernel_info_request", [], cancellation: cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sends a request and waits for its reply. <paramref name="onOutput"/>, when given, gets every iopub message of the request,
    /// in order, on the socket thread; then the call ends only after the kernel's idle.
    /// </summary>
    public async Task<Message> SendAsync(
        Channel channel,
        string type,
        JsonObject content,
        Action<Message>? onOutput = null,
        JsonObject? metadata = null,
        CancellationToken cancellation = default)
    {
        var message = Message.Create(type, _session, content, metadata: metadata);
        var request = new Request(onOutput);
        _requests[message.Id] = request;
        try
        {
            _outgoing.Enqueue((channel, message));
            var reply = await request.Reply.Task.WaitAsync(cancellation).ConfigureAwait(false);
            if (onOutput is not null) await request.Idle.Task.WaitAsync(cancellation).ConfigureAwait(false);
            return reply;
        }
        finally
        {
            _requests.TryRemove(message.Id, out _);
        }
    }

    /// <summary>Ends every wait with <paramref name="failure"/>: the kernel has died.</summary>
    public void Fail(Exception failure)
    {
        foreach (var request in _requests.Values)
        {
            request.Reply.TrySetException(failure);
            request.Idle.TrySetException(failure);
            _ = request.Idle.Task.Exception; // seen, where nobody waits for it
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _poller.Stop();
        foreach (var socket in new NetMQSocket[] { _shell, _control, _stdin, _iopub }) socket.Dispose();
        _outgoing.Dispose();
        _poller.Dispose();
    }

    /// <summary>How many messages of the kernel were dropped because they made no sense.</summary>
    public int Malformed => _malformed;

    /// <summary>What was wrong with the first of them.</summary>
    public string? FirstMalformed { get; private set; }

    private void Receive(NetMQSocket socket)
    {
        // An exception that left here would end the thread that receives, and with it the program's patience.
        var frames = new NetMQMessage();
        while (socket.TryReceiveMultipartMessage(ref frames))
        {
            try
            {
                if (_codec.TryDecode([.. frames.Select(f => f.ToByteArray())], out var problem) is { } message)
                    Handle(message, socket == _iopub);
                else Drop(problem!);
            }
            catch (Exception e)
            {
                Drop(e.Message);
            }
            frames = new NetMQMessage();
        }
    }

    private void Drop(string problem)
    {
        FirstMalformed ??= problem;
        Interlocked.Increment(ref _malformed);
    }

    private void Handle(Message message, bool isIopub)
    {
        if (isIopub) _subscribed.TrySetResult();
        if (MessageShape.Problem(message) is { } problem)
        {
            Drop(problem);
            // Nobody waits for ever for an answer that has come and can't be read.
            if (!isIopub && _requests.TryGetValue(message.ParentId, out var unanswered))
                unanswered.Reply.TrySetException(new InvalidDataException($"The kernel's answer makes no sense: {problem}."));
            return;
        }
        if (message.Type == "input_request")
        {
            if (Input?.Invoke(message.Content) is { } answer)
                _outgoing.Enqueue(
                    (Channel.Stdin,
                        Message.Create("input_reply", _session, new JsonObject { ["status"] = "ok", ["value"] = answer },
                            message.Header)));
            return;
        }
        if (!_requests.TryGetValue(message.ParentId, out var request)) return;
        if (!isIopub)
        {
            request.Reply.TrySetResult(message);
            return;
        }
        request.OnOutput?.Invoke(message);
        if (message.Type == "status" && (string?)message.Content["execution_state"] == "idle") request.Idle.TrySetResult();
    }

    private void SendQueued()
    {
        while (_outgoing.TryDequeue(out var item, TimeSpan.Zero))
            (item.Channel switch { Channel.Shell => _shell, Channel.Control => _control, _ => (NetMQSocket)_stdin })
                .SendMultipartBytes(_codec.Encode(item.Message));
    }
}
