using System.Text;
using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>What a kernel sends: replies to who asked, and to every client what belongs to a request.</summary>
internal sealed class KernelLink(KernelSockets sockets)
{
    public void Publish(Message request, string type, JsonObject content) =>
        sockets.Send(Channel.Iopub,
            Message.Create(type, sockets.Session, content, request.Header, [Encoding.ASCII.GetBytes(type)]));

    public void PublishStatus(Message request, string state) =>
        Publish(request, "status", new JsonObject { ["execution_state"] = state });

    public void Reply(Channel channel, Message request, JsonObject content) =>
        sockets.Send(channel,
            Message.Create(request.Type.Replace("_request", "_reply", StringComparison.Ordinal), sockets.Session, content,
                request.Header, request.Identities));

    /// <summary>Busy, the reply if there is one, idle: also for a type that this kernel does not know, because the client waits
    /// for the idle.</summary>
    public void Answer(Channel channel, Message request, Func<JsonObject?> reply)
    {
        PublishStatus(request, "busy");
        try
        {
            if (reply() is { } content) Reply(channel, request, content);
        }
        catch (Exception e)
        {
            // A request that makes no sense (a text where a number belongs): the client gets an answer, the kernel goes on.
            Reply(channel, request,
                new JsonObject
                {
                    ["status"] = "error",
                    ["ename"] = e.GetType().Name,
                    ["evalue"] = e.Message,
                    ["traceback"] = new JsonArray()
                });
        }
        PublishStatus(request, "idle");
    }

    /// <summary>Asks the user of the client that sent <paramref name="request"/>.</summary>
    public void AskForInput(Message request, string prompt, bool isPassword) =>
        sockets.Send(Channel.Stdin,
            Message.Create("input_request", sockets.Session, new JsonObject { ["prompt"] = prompt, ["password"] = isPassword },
                request.Header, request.Identities));
}
