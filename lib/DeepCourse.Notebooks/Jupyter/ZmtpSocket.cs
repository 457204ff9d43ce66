using System.Net;
using System.Net.Sockets;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>A ZeroMQ socket that others connect to: of the kinds ROUTER, XPUB and REP, as far as a kernel needs them.</summary>
internal sealed class ZmtpSocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<string, string[]> Peers = new()
    {
        ["ROUTER"] = ["DEALER", "REQ", "ROUTER"],
        ["XPUB"] = ["SUB", "XSUB"],
        ["REP"] = ["REQ", "DEALER"],
    };

    private readonly string _type;
    private readonly Socket _listener;
    private readonly Action<ZmtpConnection, List<byte[]>> _received;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ZmtpConnection> _connections = [];
    private readonly Dictionary<ZmtpConnection, List<byte[]>> _subscriptions = [];
    private readonly List<(string To, IReadOnlyList<byte[]> Frames, long Since)> _early = [];
    private int _count;

    /// <summary>Listens. Nothing is accepted before <see cref="Start"/>.</summary>
    /// <param name="type">"ROUTER", "XPUB" or "REP".</param>
    /// <param name="address">The address to listen on, and no other.</param>
    /// <param name="received">Called with each message, on a thread of the connection's; a router's begin with the sender's
    /// identity; a publisher's are subscriptions.</param>
    /// <exception cref="SocketException">The port is taken, or the address is none of this machine's.</exception>
    public ZmtpSocket(string type, IPEndPoint address, Action<ZmtpConnection, List<byte[]>> received)
    {
        _type = type;
        _received = received;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(address);
        _listener.Listen();
    }

    public void Start() => new Thread(Accept) { IsBackground = true, Name = $"Listening {_type}" }.Start();

    /// <summary>A router's message, to the identity in its first frame. One that is not there yet gets it when it comes: clients
    /// connect their sockets one by one.</summary>
    public void Route(IReadOnlyList<byte[]> frames)
    {
        var to = Convert.ToHexString(frames[0]);
        lock (_gate)
        {
            _early.RemoveAll(e => Environment.TickCount64 - e.Since > Patience.TotalMilliseconds);
            if (_connections.TryGetValue(to, out var connection)) connection.Send([.. frames.Skip(1)]);
            else _early.Add((to, frames, Environment.TickCount64));
        }
    }

    /// <summary>A publisher's message, to all who have subscribed to its first frame or a beginning of it.</summary>
    public void Publish(IReadOnlyList<byte[]> frames)
    {
        lock (_gate)
            foreach (var (connection, topics) in _subscriptions)
                if (topics.Exists(t => frames[0].AsSpan().StartsWith(t))) connection.Send(frames);
    }

    /// <summary>Waits, all in all up to <paramref name="limit"/>, until what was sent has left, and closes everything.</summary>
    public void Close(TimeSpan limit)
    {
        List<ZmtpConnection> open;
        lock (_gate) open = [.. _connections.Values];
        var clock = System.Diagnostics.Stopwatch.StartNew();
        foreach (var connection in open)
            connection.WaitUntilSent(limit - clock.Elapsed is { Ticks: > 0 } left ? left : TimeSpan.Zero);
        Dispose();
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_gate)
            foreach (var connection in _connections.Values) connection.Dispose();
    }

    private void Accept()
    {
        while (true)
            try
            {
                var connection = new ZmtpConnection(_listener.Accept(), _type, Peers[_type]);
                new Thread(() => Serve(connection)) { IsBackground = true, Name = $"Receiving {_type}" }.Start();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                if (e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted or SocketError.InvalidArgument
                    or SocketError.NotSocket) return;
                Thread.Sleep(10); // one that was cut before it was accepted
            }
    }

    private void Serve(ZmtpConnection connection)
    {
        var key = "";
        connection.Run(
            opened =>
            {
                lock (_gate)
                {
                    key = opened.Identity.Length > 0
                        ? Convert.ToHexString(opened.Identity)
                        : Convert.ToHexString([0, .. BitConverter.GetBytes(++_count)]);
                    if (_connections.Remove(key, out var earlier)) earlier.Dispose(); // a client that comes back
                    _connections[key] = opened;
                    foreach (var (to, frames, _) in _early.Where(e => e.To == key).ToList()) opened.Send([.. frames.Skip(1)]);
                    _early.RemoveAll(e => e.To == key);
                }
            },
            (from, frames) =>
            {
                if (_type == "ROUTER") frames.Insert(0, Convert.FromHexString(key));
                if (_type == "XPUB") Subscribe(from, frames);
                else _received(from, frames);
            });
        lock (_gate)
        {
            if (_connections.GetValueOrDefault(key) == connection) _connections.Remove(key);
            _subscriptions.Remove(connection);
        }
    }

    /// <summary>Begins or ends a subscription. What is said of one that begins comes before anything that is published.</summary>
    private void Subscribe(ZmtpConnection connection, List<byte[]> frames)
    {
        if (frames is not [[0 or 1, .. var topic]]) return;
        lock (_gate)
        {
            if (!_subscriptions.TryGetValue(connection, out var topics)) _subscriptions[connection] = topics = [];
            if (frames[0][0] == 0)
            {
                if (topics.FindIndex(t => t.AsSpan().SequenceEqual(topic)) is >= 0 and var at) topics.RemoveAt(at);
                return;
            }
            _received(connection, frames);
            topics.Add(topic);
        }
    }
}
