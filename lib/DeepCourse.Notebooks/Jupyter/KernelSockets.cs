using System.Text;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// The kernel's side of the wire. One thread owns the sockets (they belong to one thread each), never computes and never throws; what others send
/// goes through its queue, in order. The heartbeat has a thread of its own.
/// </summary>
internal sealed class KernelSockets : IDisposable
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly ConnectionFile _connection;
    private readonly MessageCodec _codec;
    private readonly Action<Channel, Message> _received;
    private readonly string _session = Guid.NewGuid().ToString();
    private readonly RouterSocket _shell = new(), _control = new(), _stdin = new();
    private readonly XPublisherSocket _iopub = new();
    private readonly ResponseSocket _heartbeat = new();
    private readonly NetMQQueue<(Channel Channel, Message Message)> _outgoing = new();
    private readonly NetMQPoller _poller;
    private readonly Thread _echo;
    private volatile bool _stopping;

    /// <summary>Binds all sockets; <paramref name="received"/> is called on the socket thread for every good message and must be quick.</summary>
    /// <exception cref="InvalidDataException">A port is taken, or the address is none of this machine's.</exception>
    public KernelSockets(ConnectionFile connection, Action<Channel, Message> received)
    {
        _connection = connection;
        _codec = new MessageCodec(connection.Key);
        _received = received;
        foreach (var router in new[] { _shell, _control, _stdin })
        {
            // The default high-water mark of 1,000 drops messages without a word.
            router.Options.SendHighWatermark = router.Options.ReceiveHighWatermark = 0;
            router.Options.RouterHandover = true; // a client that comes back with the same identity
            router.Options.Linger = Linger;
        }
        _iopub.Options.SendHighWatermark = 0;
        _iopub.Options.Linger = Linger;
        _iopub.Options.XPubVerbose = true; // an event for every subscriber, not only for the first one

        Bind(_shell, connection.ShellPort);
        Bind(_control, connection.ControlPort);
        Bind(_stdin, connection.StdinPort);
        Bind(_iopub, connection.IopubPort);
        Bind(_heartbeat, connection.HeartbeatPort);

        _shell.ReceiveReady += (_, _) => Receive(Channel.Shell, _shell);
        _control.ReceiveReady += (_, _) => Receive(Channel.Control, _control);
        _stdin.ReceiveReady += (_, _) => Receive(Channel.Stdin, _stdin);
        _iopub.ReceiveReady += (_, _) => Welcome();
        _outgoing.ReceiveReady += (_, _) => SendQueued();
        _poller = new NetMQPoller { _shell, _control, _stdin, _iopub, _outgoing };
        _echo = new Thread(Echo) { IsBackground = true, Name = "Heartbeat" };
    }

    /// <summary>The session that the kernel's messages carry.</summary>
    public string Session => _session;

    public void Start()
    {
        _poller.RunAsync("Sockets", isBackgroundThread: true);
        _echo.Start();
    }

    /// <summary>Sends a message, from any thread.</summary>
    public void Send(Channel channel, Message message)
    {
        if (!_stopping) _outgoing.Enqueue((channel, message));
    }

    /// <summary>Sends what is queued, waits up to a second for it to leave, and closes everything.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        _poller.Stop(); // returns when its thread has ended
        SendQueued();
        _echo.Join();
        foreach (var socket in new NetMQSocket[] { _shell, _control, _stdin, _iopub, _heartbeat }) socket.Dispose();
        _outgoing.Dispose();
        _poller.Dispose();
        NetMQConfig.Cleanup(block: true); // without it the last reply is lost
    }

    private void Bind(NetMQSocket socket, int port)
    {
        try
        {
            socket.Bind(_connection.Address(port));
        }
        catch (NetMQException e)
        {
            throw new InvalidDataException($"The kernel can't listen on {_connection.Address(port)}: {e.Message} Start it again with another connection file.", e);
        }
    }

    private void Receive(Channel channel, NetMQSocket socket)
    {
        var frames = new NetMQMessage();
        try
        {
            for (var i = 0; i < 100 && socket.TryReceiveMultipartMessage(ref frames); i++)
            {
                if (_codec.TryDecode(frames, out var problem) is { } message) _received(channel, message);
                else Console.Error.WriteLine($"A message on the {channel.ToString().ToLowerInvariant()} channel was dropped: {problem}.");
                frames = new NetMQMessage();
            }
        }
        catch (Exception e)
        {
            // An exception that left here would end the poller, and the kernel with it.
            Console.Error.WriteLine($"A message on the {channel.ToString().ToLowerInvariant()} channel could not be handled: {e.Message}");
        }
    }

    /// <summary>A client's subscription has arrived: from here on it gets everything, and is told so.</summary>
    private void Welcome()
    {
        try
        {
            while (_iopub.TryReceiveFrameBytes(out var frame))
            {
                if (frame is not [1, .. var topic]) continue;
                var subscription = Encoding.UTF8.GetString(topic);
                var message = Message.Create("iopub_welcome", _session, new JsonObject { ["subscription"] = subscription }, identities: [topic.Length > 0 ? topic : "iopub_welcome"u8.ToArray()]);
                _iopub.SendMultipartMessage(_codec.Encode(message));
            }
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"A subscription could not be answered: {e.Message}");
        }
    }

    private void SendQueued()
    {
        while (_outgoing.TryDequeue(out var item, TimeSpan.Zero))
            try
            {
                NetMQSocket socket = item.Channel switch { Channel.Shell => _shell, Channel.Control => _control, Channel.Stdin => _stdin, _ => _iopub };
                socket.SendMultipartMessage(_codec.Encode(item.Message));
            }
            catch (Exception e)
            {
                Console.Error.WriteLine($"A {item.Message.Type} could not be sent: {e.Message}");
            }
    }

    private void Echo()
    {
        try
        {
            var frames = new NetMQMessage();
            while (!_stopping)
                if (_heartbeat.TryReceiveMultipartMessage(TimeSpan.FromMilliseconds(200), ref frames))
                    _heartbeat.SendMultipartMessage(frames);
        }
        catch (Exception e) when (e is NetMQException or ObjectDisposedException)
        {
            // It is being closed.
        }
    }
}
