using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// The kernel's side of the wire. Messages are taken in one after another, by whichever thread has received them; what is sent
/// goes out in the order in which it was given, on a thread that only encodes. The heartbeat answers by itself.
/// </summary>
internal sealed class KernelSockets : IDisposable
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly MessageCodec _incoming, _outgoing;
    private readonly Action<Channel, Message> _received;
    private readonly string _session = Guid.NewGuid().ToString();
    private readonly ZmtpSocket _shell, _control, _stdin, _iopub, _heartbeat;
    private readonly BlockingCollection<(Channel Channel, Message Message)> _queue = [];
    private readonly Thread _sender;
    private readonly Lock _gate = new();

    /// <summary>Binds all sockets; <paramref name="received"/> is called for every good message, one at a time, and must be
    /// quick.</summary>
    /// <exception cref="InvalidDataException">A port is taken, or the address is none of this machine's.</exception>
    public KernelSockets(ConnectionFile connection, Action<Channel, Message> received)
    {
        (_incoming, _outgoing) = (new MessageCodec(connection.Key), new MessageCodec(connection.Key));
        _received = received;
        ZmtpSocket Bind(string type, int port, Action<ZmtpConnection, List<byte[]>> message)
        {
            try
            {
                return new ZmtpSocket(type, new IPEndPoint(AddressOf(connection.Ip), port), message);
            }
            catch (SocketException e)
            {
                throw new InvalidDataException(
                    $"The kernel can't listen on {connection.Address(port)}: {e.Message}. Start it again with another "
                        + "connection file.", e);
            }
        }
        _shell = Bind("ROUTER", connection.ShellPort, (_, frames) => Receive(Channel.Shell, frames));
        _control = Bind("ROUTER", connection.ControlPort, (_, frames) => Receive(Channel.Control, frames));
        _stdin = Bind("ROUTER", connection.StdinPort, (_, frames) => Receive(Channel.Stdin, frames));
        _iopub = Bind("XPUB", connection.IopubPort, (subscriber, frames) => Welcome(subscriber, frames[0]));
        _heartbeat = Bind("REP", connection.HeartbeatPort, (client, frames) => client.Send(frames));
        _sender = new Thread(SendQueued) { IsBackground = true, Name = "Sending" };
    }

    /// <summary>The session that the kernel's messages carry.</summary>
    public string Session => _session;

    public void Start()
    {
        foreach (var socket in new[] { _iopub, _shell, _control, _stdin, _heartbeat }) socket.Start();
        _sender.Start();
    }

    /// <summary>Sends a message, from any thread.</summary>
    public void Send(Channel channel, Message message)
    {
        try
        {
            _queue.Add((channel, message));
        }
        catch (InvalidOperationException)
        {
            // It is being closed; nobody listens any more.
        }
    }

    /// <summary>Sends what is queued, waits up to a second for it to leave, and closes everything.</summary>
    public void Dispose()
    {
        _queue.CompleteAdding();
        if (_sender.ThreadState.HasFlag(ThreadState.Unstarted)) return;
        _sender.Join(Linger);
        foreach (var socket in new[] { _iopub, _shell, _control, _stdin, _heartbeat }) socket.Close(Linger);
    }

    private static IPAddress AddressOf(string ip) => ip == "*" ? IPAddress.Any
        : IPAddress.TryParse(ip, out var address) ? address
        : Dns.GetHostAddresses(ip) is [var first, ..] ? first : IPAddress.Loopback;

    private void Receive(Channel channel, List<byte[]> frames)
    {
        lock (_gate)
            try
            {
                if (_incoming.TryDecode(frames, out var problem) is { } message) _received(channel, message);
                else
                    Console.Error.WriteLine(
                        $"A message on the {channel.ToString().ToLowerInvariant()} channel was dropped: {problem}.");
            }
            catch (Exception e)
            {
                // An exception that left here would end the connection.
                Console.Error.WriteLine(
                    $"A message on the {channel.ToString().ToLowerInvariant()} channel could not be handled: {e.Message}");
            }
    }

    /// <summary>A client's subscription has arrived: from here on it gets everything, and is told so.</summary>
    private void Welcome(ZmtpConnection subscriber, byte[] subscription)
    {
        var topic = subscription[1..];
        var message = Message.Create("iopub_welcome", _session,
            new JsonObject { ["subscription"] = Encoding.UTF8.GetString(topic) },
            identities: [topic.Length > 0 ? topic : "iopub_welcome"u8.ToArray()]);
        subscriber.Send(new MessageCodec(_outgoing.Key).Encode(message));
    }

    private void SendQueued()
    {
        foreach (var (channel, message) in _queue.GetConsumingEnumerable())
            try
            {
                var frames = _outgoing.Encode(message);
                if (channel == Channel.Iopub) _iopub.Publish(frames);
                else (channel switch { Channel.Shell => _shell, Channel.Control => _control, _ => _stdin }).Route(frames);
            }
            catch (Exception e)
            {
                Console.Error.WriteLine($"A {message.Type} could not be sent: {e.Message}");
            }
    }
}
