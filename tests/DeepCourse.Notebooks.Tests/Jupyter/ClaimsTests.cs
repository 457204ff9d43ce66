using System.Text;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>What a kernel sends is a claim: a client reads messages that make no sense, counts them, and goes on.</summary>
public sealed class ClaimsTests
{
    private static readonly JsonNode[] Nonsense = [5, true, new JsonArray(1), new JsonObject { ["x"] = 1 },
        new JsonArray("a", 2)];

    [Fact]
    public async Task Malformed_messages_are_dropped_counted_and_the_cell_ends()
    {
        var connection = ConnectionFile.Create();
        KernelSockets sockets = null!;
        var sent = 0;
        sockets = new KernelSockets(connection, (channel, request) =>
        {
            void Publish(string type, JsonObject content, JsonObject? parent = null) =>
                sockets.Send(Channel.Iopub,
                    Message.Create(type, "s", content, parent ?? request.Header, [Encoding.ASCII.GetBytes(type)]));
            if (request.Type == "execute_request")
            {
                Publish("status", new JsonObject { ["execution_state"] = "busy" });
                foreach (var (type, good) in new (string, JsonObject)[]
                {
                    ("status", new JsonObject { ["execution_state"] = "busy" }),
                    ("stream", new JsonObject { ["name"] = "stdout", ["text"] = "t" }),
                    ("display_data",
                        new JsonObject { ["data"] = new JsonObject(), ["metadata"] = new JsonObject(),
                            ["transient"] = new JsonObject() }),
                    ("error", new JsonObject { ["ename"] = "e", ["evalue"] = "v", ["traceback"] = new JsonArray("l") }),
                    ("clear_output", new JsonObject { ["wait"] = false }),
                })
                    foreach (var name in good.Select(p => p.Key).ToList())
                        foreach (var bad in Nonsense)
                        {
                            var content = (JsonObject)good.DeepClone();
                            if (content[name]?.GetValueKind() == bad.GetValueKind()
                                && bad.GetValueKind() is System.Text.Json.JsonValueKind.Object
                                    or System.Text.Json.JsonValueKind.True) continue;
                            if (name == "wait" && bad.GetValueKind() == System.Text.Json.JsonValueKind.True) continue;
                            content[name] = bad.DeepClone();
                            Publish(type, content);
                            sent++;
                        }
                foreach (var bad in Nonsense)
                {
                    Publish("stream", new JsonObject { ["name"] = "stdout", ["text"] = "x" },
                        new JsonObject { ["msg_id"] = bad.DeepClone() });
                    sent++;
                }
                Publish("stream", new JsonObject { ["name"] = "stdout", ["text"] = "good" });
                sockets.Send(Channel.Shell,
                    Message.Create("execute_reply", "s", new JsonObject { ["status"] = "ok" }, request.Header,
                        request.Identities));
            }
            else
                sockets.Send(channel,
                    Message.Create("kernel_info_reply", "s", new JsonObject { ["status"] = "ok" }, request.Header,
                        request.Identities));
            Publish("status", new JsonObject { ["execution_state"] = "idle" });
        });
        sockets.Start();
        using var client = new KernelClient(connection);
        await client.WaitUntilReadyAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);
        var collector = new Execution.OutputCollector();
        var outputs = collector.Begin();
        var reply = await client.SendAsync(Channel.Shell, "execute_request", [], m => collector.Add(m.Type, m.Content))
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal("ok", (string?)reply.Content["status"]);
        Assert.Equal(sent, client.Malformed);
        Assert.NotNull(client.FirstMalformed);
        Assert.Equal("good", (string?)Assert.Single(outputs)!["text"]);
        sockets.Dispose();
    }

    [Fact]
    public async Task An_answer_that_can_t_be_read_ends_the_wait_with_a_message()
    {
        var connection = ConnectionFile.Create();
        KernelSockets sockets = null!;
        sockets = new KernelSockets(connection, (channel, request) =>
        {
            sockets.Send(channel,
                Message.Create(request.Type.Replace("request", "reply", StringComparison.Ordinal), "s",
                    new JsonObject { ["status"] = request.Type == "execute_request" ? 5 : "ok" }, request.Header,
                    request.Identities));
            sockets.Send(Channel.Iopub,
                Message.Create("status", "s", new JsonObject { ["execution_state"] = "idle" }, request.Header,
                    ["status"u8.ToArray()]));
        });
        sockets.Start();
        using var client = new KernelClient(connection);
        await client.WaitUntilReadyAsync(new CancellationTokenSource(TimeSpan.FromSeconds(20)).Token);
        var failure = await Assert.ThrowsAsync<InvalidDataException>(() =>
            client.SendAsync(Channel.Shell, "execute_request", [], _ => { })
                .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.Contains("'status' is of the kind Number", failure.Message, StringComparison.Ordinal);
        sockets.Dispose();
    }
}
