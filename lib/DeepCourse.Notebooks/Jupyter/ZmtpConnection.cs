using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// A connection of ZeroMQ's wire protocol 3.0 (rfc.zeromq.org/spec/23), the side that was connected to, without security. It
/// reads and writes on two threads of its own: sockets that answer on the thread pool fall silent when a cell keeps the pool
/// busy, and then no stop button reaches the kernel.
/// </summary>
internal sealed class ZmtpConnection(Socket socket, string socketType, string[] peers) : IDisposable
{
    private const int LongestFrame = 1 << 29, SendAtOnce = 1 << 16;
    private const byte More = 1, Long = 2, Command = 4;

    private readonly BlockingCollection<byte[]> _outgoing = [];
    private readonly BufferedStream _input = new(new NetworkStream(socket), 1 << 16);
    private readonly ManualResetEventSlim _sent = new(true);
    private int _waiting;

    /// <summary>What its peer calls itself; empty where it leaves that to us.</summary>
    public byte[] Identity { get; private set; } = [];

    /// <summary>
    /// Reads until the connection ends. What the peer sends is handed over as it comes; bytes that are no ZeroMQ end the
    /// connection and nothing else.
    /// </summary>
    /// <param name="opened">Called when the two have introduced themselves.</param>
    /// <param name="received">Called with the frames of each message.</param>
    public void Run(Action<ZmtpConnection> opened, Action<ZmtpConnection, List<byte[]>> received)
    {
        try
        {
            socket.NoDelay = true;
            Greet();
            new Thread(Write) { IsBackground = true, Name = $"Sending {socketType}" }.Start();
            opened(this);
            var frames = new List<byte[]>();
            while (true)
            {
                var (flags, body) = ReadFrame();
                if ((flags & Command) != 0)
                {
                    if (Subscription(body) is { } subscription) received(this, [subscription]);
                    else if (StartsWith(body, "\u0004PING"))
                        Enqueue(Frame(Command, [.. "\u0004PONG"u8, .. body.AsSpan(Math.Min(7, body.Length))]));
                    continue;
                }
                frames.Add(body);
                if ((flags & More) != 0) continue;
                received(this, frames);
                frames = [];
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidDataException
            or InvalidOperationException)
        {
            // It has ended, or speaks another language.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Sends a message, from any thread; does not wait.</summary>
    public void Send(IReadOnlyList<byte[]> frames)
    {
        using var message = new MemoryStream();
        for (var i = 0; i < frames.Count; i++) message.Write(Frame(i < frames.Count - 1 ? More : (byte)0, frames[i]));
        Enqueue(message.ToArray());
    }

    /// <summary>Waits until what was to be sent has been handed to the system.</summary>
    public bool WaitUntilSent(TimeSpan limit) => _sent.Wait(limit);

    public void Dispose()
    {
        _outgoing.CompleteAdding();
        _sent.Set();
        socket.Dispose();
    }

    private void Enqueue(byte[] bytes)
    {
        if (Interlocked.Increment(ref _waiting) == 1) _sent.Reset();
        try
        {
            _outgoing.Add(bytes);
        }
        catch (InvalidOperationException)
        {
            _sent.Set(); // it has been closed
        }
    }

    private void Write()
    {
        try
        {
            var buffer = new MemoryStream();
            foreach (var first in _outgoing.GetConsumingEnumerable())
            {
                buffer.SetLength(0);
                var count = 0;
                for (var next = first; next is not null; next = buffer.Length < SendAtOnce && _outgoing.TryTake(out var more)
                    ? more
                    : null, count++) buffer.Write(next);
                var left = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
                while (left.Length > 0) left = left[socket.Send(left)..];
                if (buffer.Capacity > 1 << 22) buffer = new MemoryStream();
                if (Interlocked.Add(ref _waiting, -count) == 0) _sent.Set();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Dispose();
        }
    }

    /// <summary>The two say which protocol they speak, and which kind of socket they are.</summary>
    private void Greet()
    {
        Span<byte> greeting = stackalloc byte[64];
        greeting.Clear();
        (greeting[0], greeting[9], greeting[10]) = (0xFF, 0x7F, 3);
        "NULL"u8.CopyTo(greeting[12..]);
        socket.Send(greeting);
        _input.ReadExactly(greeting);
        if (greeting[0] != 0xFF || (greeting[9] & 1) == 0 || greeting[10] < 3 || !greeting[12..17].SequenceEqual("NULL\0"u8))
            throw new InvalidDataException("no ZMTP 3");

        socket.Send(
            Frame(Command,
                [.. "\u0005READY"u8, .. Property("Socket-Type", Encoding.ASCII.GetBytes(socketType)),
                    .. Property("Identity", [])]));
        var (flags, ready) = ReadFrame();
        if ((flags & Command) == 0 || !StartsWith(ready, "\u0005READY")) throw new InvalidDataException("no READY");
        var properties = Properties(ready.AsSpan(6));
        if (!peers.Contains(Encoding.ASCII.GetString(properties.GetValueOrDefault("socket-type", []))))
            throw new InvalidDataException("another kind of socket");
        Identity = properties.GetValueOrDefault("identity", []);
    }

    private (byte Flags, byte[] Body) ReadFrame()
    {
        Span<byte> size = stackalloc byte[8];
        var flags = ReadByte();
        long length = 0;
        if ((flags & Long) == 0) length = ReadByte();
        else
        {
            _input.ReadExactly(size);
            length = BinaryPrimitives.ReadInt64BigEndian(size);
        }
        if ((flags & ~(More | Long | Command)) != 0 || length is < 0 or > LongestFrame)
            throw new InvalidDataException("no frame");
        var body = new byte[Math.Min(length, SendAtOnce)];
        _input.ReadExactly(body);
        // Memory is taken as bytes really come, not as they are promised.
        while (body.Length < length)
        {
            var had = body.Length;
            Array.Resize(ref body, (int)Math.Min(length, had * 2L));
            _input.ReadExactly(body.AsSpan(had));
        }
        return (flags, body);
    }

    private byte ReadByte() => _input.ReadByte() is >= 0 and var value ? (byte)value : throw new EndOfStreamException();

    private static byte[] Frame(byte flags, ReadOnlySpan<byte> body)
    {
        if (body.Length <= 255) return [flags, (byte)body.Length, .. body];
        var frame = new byte[9 + body.Length];
        frame[0] = (byte)(flags | Long);
        BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(1), body.Length);
        body.CopyTo(frame.AsSpan(9));
        return frame;
    }

    /// <summary>Protocol 3.1's commands for what 3.0 says by a message: 1 or 0, and the topic.</summary>
    private static byte[]? Subscription(byte[] command) =>
        StartsWith(command, "\u0009SUBSCRIBE")
            ? [1, .. command.AsSpan(10)]
            : StartsWith(command, "\u0006CANCEL") ? [0, .. command.AsSpan(7)]
            : null;

    private static bool StartsWith(byte[] bytes, string text) => bytes.AsSpan().StartsWith(Encoding.ASCII.GetBytes(text));

    private static byte[] Property(string name, byte[] value)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(size, value.Length);
        return [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. size, .. value];
    }

    private static Dictionary<string, byte[]> Properties(ReadOnlySpan<byte> bytes)
    {
        var properties = new Dictionary<string, byte[]>();
        while (bytes.Length > 0)
        {
            var name = bytes[0];
            if (bytes.Length < 5 + name
                || BinaryPrimitives.ReadInt32BigEndian(bytes[(1 + name)..]) is var length
                    && (length < 0 || length > bytes.Length - 5 - name))
                throw new InvalidDataException("no property");
            properties[Encoding.ASCII.GetString(bytes.Slice(1, name)).ToLowerInvariant()] = bytes.Slice(5 + name, length)
                .ToArray();
            bytes = bytes[(5 + name + length)..];
        }
        return properties;
    }
}
