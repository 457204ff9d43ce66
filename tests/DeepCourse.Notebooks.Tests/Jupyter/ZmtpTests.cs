using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Our side of ZeroMQ's wire protocol, against another implementation of it (NetMQ) and against bytes.</summary>
public sealed class ZmtpTests : IDisposable
{
    private readonly ConnectionFile _connection = ConnectionFile.Create();
    private readonly List<Message> _received = [];
    private readonly KernelSockets _sockets;

    public ZmtpTests()
    {
        _sockets = new KernelSockets(_connection, (_, message) =>
        {
            lock (_received) _received.Add(message);
        });
        _sockets.Start();
    }

    public void Dispose() => _sockets.Dispose();

    private string To(int port) => ">" + _connection.Address(port);

    private async Task<List<Message>> Received(int count)
    {
        for (var i = 0; i < 400; i++, await Task.Delay(25, TestContext.Current.CancellationToken))
            lock (_received)
                if (_received.Count >= count) return [.. _received];
        throw new TimeoutException($"{_received.Count} of {count} messages came.");
    }

    private static List<byte[]> Frames(NetMQMessage message) => [.. message.Select(f => f.ToByteArray())];

    [Fact]
    public async Task Messages_of_every_size_go_both_ways_in_order()
    {
        using var dealer = new DealerSocket(To(_connection.ShellPort));
        int[] sizes = [0, 1, 255, 256, 65_535, 65_536, 3_000_000];
        foreach (var size in sizes)
            dealer.SendMultipartBytes(new MessageCodec(_connection.Key)
                .Encode(Message.Create($"m{size}", "s", new JsonObject { ["text"] = new string('x', size) })));
        var received = await Received(sizes.Length);
        Assert.Equal(sizes.Select(s => $"m{s}"), received.Select(m => m.Type));
        foreach (var message in received) _sockets.Send(Channel.Shell, message);
        foreach (var size in sizes)
        {
            var frames = new NetMQMessage();
            Assert.True(dealer.TryReceiveMultipartMessage(TimeSpan.FromSeconds(20), ref frames));
            Assert.Equal(size,
                ((string)new MessageCodec(_connection.Key).TryDecode(Frames(frames), out _)!.Content["text"]!).Length);
        }
    }

    [Fact]
    public async Task A_question_waits_for_a_client_whose_socket_for_it_comes_later()
    {
        var name = Encoding.ASCII.GetBytes("client-1");
        using var shell = new DealerSocket();
        shell.Options.Identity = name;
        shell.Connect(_connection.Address(_connection.ShellPort));
        shell.SendMultipartBytes(new MessageCodec(_connection.Key).Encode(Message.Create("execute_request", "s", [])));
        var request = (await Received(1))[0];
        Assert.Equal(name, request.Identities[0]);
        _sockets.Send(Channel.Stdin,
            Message.Create("input_request", "s", new JsonObject { ["prompt"] = "?" }, request.Header, request.Identities));
        await Task.Delay(500, TestContext.Current.CancellationToken);

        using var stdin = new DealerSocket();
        stdin.Options.Identity = name;
        stdin.Connect(_connection.Address(_connection.StdinPort));
        var frames = new NetMQMessage();
        Assert.True(stdin.TryReceiveMultipartMessage(TimeSpan.FromSeconds(20), ref frames));
        Assert.Equal("input_request", new MessageCodec(_connection.Key).TryDecode(Frames(frames), out _)!.Type);
    }

    [Fact]
    public async Task A_client_that_comes_back_under_its_name_gets_its_answers()
    {
        var name = Encoding.ASCII.GetBytes("client-2");
        for (var i = 1; i <= 3; i++)
        {
            var dealer = new DealerSocket();
            dealer.Options.Identity = name;
            dealer.Connect(_connection.Address(_connection.ShellPort));
            dealer.SendMultipartBytes(new MessageCodec(_connection.Key).Encode(Message.Create("kernel_info_request", "s", [])));
            var request = (await Received(i))[i - 1];
            _sockets.Send(Channel.Shell, Message.Create("kernel_info_reply", "s", [], request.Header, request.Identities));
            var frames = new NetMQMessage();
            Assert.True(dealer.TryReceiveMultipartMessage(TimeSpan.FromSeconds(20), ref frames));
            if (i < 3) dealer.Dispose();
        }
    }

    [Fact]
    public void Subscribers_get_their_topics_and_the_heartbeat_answers()
    {
        using var all = new SubscriberSocket(To(_connection.IopubPort));
        using var some = new SubscriberSocket(To(_connection.IopubPort));
        all.SubscribeToAnyTopic();
        some.Subscribe("stream");
        foreach (var socket in new[] { all, some })
        {
            var welcome = new NetMQMessage();
            Assert.True(socket.TryReceiveMultipartMessage(TimeSpan.FromSeconds(20), ref welcome));
        }
        foreach (var type in new[] { "status", "stream" })
            _sockets.Send(Channel.Iopub, Message.Create(type, "s", [], identities: [Encoding.ASCII.GetBytes(type)]));
        Assert.Equal("status", all.ReceiveMultipartBytes()[0] is var first ? Encoding.ASCII.GetString(first) : "");
        Assert.Equal("stream", Encoding.ASCII.GetString(some.ReceiveMultipartBytes()[0]));

        using var beat = new RequestSocket(To(_connection.HeartbeatPort));
        for (var i = 0; i < 3; i++)
        {
            beat.SendFrame($"ping {i}");
            Assert.Equal($"ping {i}", beat.ReceiveFrameString());
        }
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("")]
    [InlineData("\u00ff\0\0\0\0\0\0\0\u0001\u007f\u0003\0NULL")] // half a greeting
    public async Task Bytes_that_are_no_ZeroMQ_end_their_connection_and_nothing_else(string text)
    {
        using (var client = new TcpClient(_connection.Ip, _connection.ShellPort))
            client.GetStream().Write(Encoding.Latin1.GetBytes(text));
        using var dealer = new DealerSocket(To(_connection.ShellPort));
        dealer.SendMultipartBytes(new MessageCodec(_connection.Key).Encode(Message.Create("x", "s", [])));
        Assert.Equal("x", (await Received(1))[0].Type);
    }

    [Fact]
    public async Task A_frame_that_promises_a_gigabyte_takes_no_memory()
    {
        var greeting = new byte[64];
        (greeting[0], greeting[9], greeting[10]) = (0xFF, 0x7F, 3);
        "NULL"u8.CopyTo(greeting.AsSpan(12));
        byte[] ready = [.. "\u0005READY\u000bSocket-Type"u8, 0, 0, 0, 6, .. "DEALER"u8];
        var before = GC.GetTotalAllocatedBytes();
        for (var i = 0; i < 5; i++)
        {
            using var client = new TcpClient(_connection.Ip, _connection.ShellPort);
            client.GetStream()
                .Write([.. greeting, 4, (byte)ready.Length, .. ready, 2, 0, 0, 0, 0, 0x1F, 0xFF, 0xFF, 0xFF, 1, 2, 3]);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        // five times that much would be 2.5 GB; other tests run beside
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 500_000_000);
    }
}
