using System.Text;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

public sealed class MessageCodecTests
{
    private const string Key = "a0436f6c-1916-498b-8eb9-e81ab9368e84";

    private static List<byte[]> Frames(params string[] parts) => [.. parts.Select(Encoding.UTF8.GetBytes)];

    [Fact]
    public void A_message_survives_the_wire_with_identities_and_buffers()
    {
        var sent = Message.Create("execute_request", "s", new JsonObject { ["code"] = "é😀 </script>" },
            identities: [[1, 2], [3]]) with
        { Buffers = [[9, 8], []] };
        var received = new MessageCodec(Key).TryDecode(new MessageCodec(Key).Encode(sent), out var problem);
        Assert.Null(problem);
        Assert.Equal("é😀 </script>", (string?)received!.Content["code"]);
        Assert.Equal([[1, 2], [3]], received.Identities);
        Assert.Equal([[9, 8], []], received.Buffers);
        Assert.Equal((sent.Id, "execute_request"), (received.Id, received.Type));
    }

    [Fact]
    public void The_signature_is_the_one_that_Python_computes()
    {
        // hmac.new(b"key", b'{"msg_id":"1","msg_type":"x"}' + b"{}" * 3, "sha256").hexdigest()
        var message = new Message([], new JsonObject { ["msg_id"] = "1", ["msg_type"] = "x" }, [], [], [], []);
        var frames = new MessageCodec("key").Encode(message);
        using var hmac = new System.Security.Cryptography.HMACSHA256("key"u8.ToArray());
        Assert.Equal(Convert.ToHexStringLower(hmac.ComputeHash("{\"msg_id\":\"1\",\"msg_type\":\"x\"}{}{}{}"u8.ToArray())),
            Encoding.ASCII.GetString(frames[1]));
    }

    [Fact]
    public void A_wrong_signature_a_replay_and_another_key_are_dropped()
    {
        var codec = new MessageCodec(Key);
        var frames = codec.Encode(Message.Create("x", "s", []));
        Assert.Null(new MessageCodec("other").TryDecode(frames, out var problem));
        Assert.Equal("its signature is wrong", problem);
        Assert.NotNull(codec.TryDecode(frames, out _));
        Assert.Null(codec.TryDecode(frames, out problem));
        Assert.Equal("it was received before", problem);
    }

    [Fact]
    public void An_empty_key_means_unsigned_messages()
    {
        var frames = new MessageCodec("").Encode(Message.Create("x", "s", []));
        Assert.Equal("", Encoding.ASCII.GetString(frames[1]));
        Assert.NotNull(new MessageCodec("").TryDecode(frames, out _));
    }

    [Theory]
    [InlineData("no delimiter")]
    [InlineData("<IDS|MSG>", "", "{}", "{}", "{}")]
    [InlineData("<IDS|MSG>", "", "{", "{}", "{}", "{}")]
    [InlineData("<IDS|MSG>", "", "[]", "{}", "{}", "{}")]
    [InlineData("<IDS|MSG>", "", "{}", "{}", "{}", "{}")]
    [InlineData("<IDS|MSG>", "", "{\"msg_id\":1,\"msg_type\":2}", "{}", "{}", "{}")]
    [InlineData("<IDS|MSG>", "", "{\"msg_id\":\"1\",\"msg_type\":\"x\",\"msg_type\":\"y\"}", "{}", "{}", "{}")]
    [InlineData("<IDS|MSG>", "", "{\"msg_id\":\"1\",\"msg_type\":\"\\ud800\"}", "{}", "{}", "{}")]
    public void A_malformed_message_is_dropped_with_a_reason(params string[] parts)
    {
        Assert.Null(new MessageCodec("").TryDecode(Frames(parts), out var problem));
        Assert.False(string.IsNullOrEmpty(problem));
    }

    [Fact]
    public void Random_bytes_are_dropped_and_nothing_is_thrown()
    {
        var random = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var frames = Frames("<IDS|MSG>");
            for (var f = random.Next(10); f > 0; f--)
            {
                var bytes = new byte[random.Next(40)];
                random.NextBytes(bytes);
                frames.Add(bytes);
            }
            Assert.Null(new MessageCodec("").TryDecode(frames, out _));
        }
    }

    [Fact]
    public void A_connection_file_that_can_t_be_used_says_why_and_never_its_key()
    {
        var path = Path.GetTempFileName();
        string Problem(string text)
        {
            File.WriteAllText(path, text);
            return Assert.Throws<InvalidDataException>(() => ConnectionFile.Read(path)).Message;
        }

        Assert.Contains("not a connection file", Problem("{"), StringComparison.Ordinal);
        var good = ConnectionFile.Create();
        Assert.Contains("'ipc'", Problem(System.Text.Json.JsonSerializer.Serialize(good with { Transport = "ipc" })),
            StringComparison.Ordinal);
        Assert.Contains("hmac-md5",
            Problem(System.Text.Json.JsonSerializer.Serialize(good with { SignatureScheme = "hmac-md5" })),
            StringComparison.Ordinal);
        Assert.Contains("five ports", Problem(System.Text.Json.JsonSerializer.Serialize(good with { StdinPort = 0 })),
            StringComparison.Ordinal);
        Assert.DoesNotContain(good.Key, good.ToString(), StringComparison.Ordinal);
        good.Write(path);
        Assert.Equal(good, ConnectionFile.Read(path));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path) & (UnixFileMode)511);
    }
}
