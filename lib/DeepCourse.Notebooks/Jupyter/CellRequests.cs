using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using DeepCourse.Notebooks.Engine;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Execute requests, one after another, on a thread of their own.</summary>
internal sealed class CellRequests(KernelLink link, LanguageRequests language, InputRequests input, History history)
{
    private readonly OutputFlusher _flusher = new();
    private readonly BlockingCollection<Message> _queue = [];
    private int _executionCount;
    private readonly ConcurrentDictionary<string, byte> _overtaken = new();
    private volatile Message? _interrupt;
    private volatile bool _skipWaiting, _isRunning;
    private long _latest = Environment.TickCount64;

    public void Add(Message request)
    {
        // Sockets are independent of one another: an interrupt can overtake the request that it is for.
        if (_interrupt is { } interrupt && request.Session == interrupt.Session
            && string.CompareOrdinal(request.Date, interrupt.Date) < 0) _overtaken.TryAdd(request.Id, 0);
        _queue.Add(request);
        // Before the engine is ready for it.
        if (_queue.Count == 1 && !_isRunning && request.Content["code"] is JsonValue code && code.TryGetValue(out string? text))
            CSharpSession.LoadAhead(text);
    }

    /// <summary>Waits until no cell has been there for <paramref name="pause"/>.</summary>
    public void WaitUntilQuiet(TimeSpan pause)
    {
        while (true)
        {
            var left = _isRunning || _queue.Count > 0
                ? pause.TotalMilliseconds
                : pause.TotalMilliseconds - (Environment.TickCount64 - Volatile.Read(ref _latest));
            if (left <= 0) return;
            Thread.Sleep((int)Math.Ceiling(left));
        }
    }

    /// <summary>
    /// An interrupt that found nothing running: what waits (for the engine to start, say) is not to run either, nor what the same
    /// client had sent before
    /// <paramref name="interrupt"/> and is still under way.
    /// </summary>
    public void InterruptWaiting(Message? interrupt)
    {
        _skipWaiting = _queue.Count > 0;
        _interrupt = interrupt;
    }

    /// <summary>Runs what comes, in <paramref name="session"/>, for ever.</summary>
    public void Loop(CSharpSession session)
    {
        foreach (var request in _queue.GetConsumingEnumerable())
        {
            _isRunning = true;
            try
            {
                Execute(session, request);
            }
            catch (Exception e)
            {
                // A request that makes no sense; the client waits for a reply and the idle.
                Console.Error.WriteLine($"A request could not be answered: {e.Message}");
                link.Reply(Channel.Shell, request, Failed(new CellError(e.GetType().Name, e.Message, null, [])));
                link.PublishStatus(request, "idle");
            }
            Volatile.Write(ref _latest, Environment.TickCount64);
            _isRunning = false;
            try
            {
                session.Prepare();
            }
            catch (Exception)
            {
                // The next cell meets it again, and says it.
            }
        }
    }

    private void Execute(CSharpSession session, Message request)
    {
        link.PublishStatus(request, "busy");
        var code = (string?)request.Content["code"] ?? "";
        var silent = (bool?)request.Content["silent"] ?? false;
        var storeHistory = !silent && ((bool?)request.Content["store_history"] ?? true);
        var stopOnError = (bool?)request.Content["stop_on_error"] ?? true;
        if (storeHistory) _executionCount++;
        var number = _executionCount;
        if (!silent) link.Publish(request, "execute_input", new JsonObject { ["code"] = code, ["execution_count"] = number });

        var output = new CellMessages((type, content) => link.Publish(request, type, content), _flusher);
        var skipped = _skipWaiting || _overtaken.TryRemove(request.Id, out _);
        _skipWaiting = false;
        var result = skipped ? CSharpSession.Interrupted
            : language.Explain(code) is { } explanation
            ? new CellResult(CellStatus.Ok, Page: explanation)
            : session.Run(code, number, output, input.For(request), (string?)request.Metadata["cellId"], language.Add);
        output.Flush();
        if (storeHistory) history.Add(number, code, result.Value?.PlainText);

        if (result.Status == CellStatus.Ok)
        {
            var payload = new JsonArray();
            if (result.Page is { } page)
                payload.Add(
                    new JsonObject { ["source"] = "page", ["data"] = new JsonObject { ["text/plain"] = page }, ["start"] = 0 });
            if (result.Value is { } value && !silent)
                link.Publish(request, "execute_result",
                    new JsonObject { ["execution_count"] = number, ["data"] = value.ToJson(), ["metadata"] = new JsonObject() });
            var expressions = Evaluate(session, request.Content["user_expressions"] as JsonObject, number, output);
            link.Reply(Channel.Shell, request,
                new JsonObject
                {
                    ["status"] = "ok",
                    ["execution_count"] = number,
                    ["user_expressions"] = expressions,
                    ["payload"] = payload
                });
        }
        else
        {
            if (!silent) link.Publish(request, "error", Describe(result.Error!));
            link.Reply(Channel.Shell, request, Failed(result.Error!));
        }
        // Only what waits already is aborted: a cell that the user runs from now on is meant.
        var aborted = new List<Message>();
        if (result.Status != CellStatus.Ok && stopOnError)
            while (_queue.TryTake(out var waiting)) aborted.Add(waiting);
        link.PublishStatus(request, "idle");
        foreach (var waiting in aborted)
            link.Answer(Channel.Shell, waiting,
                () => new JsonObject { ["status"] = "aborted", ["execution_count"] = _executionCount });
    }

    private static JsonObject Evaluate(CSharpSession session, JsonObject? expressions, int number, CellMessages output)
    {
        var values = new JsonObject();
        foreach (var (name, expression) in expressions ?? [])
        {
            var result = session.Run((string?)expression ?? "", number, output);
            values[name] = result.Error is { } error
                ? Describe(error)
                : new JsonObject { ["data"] = result.Value?.ToJson() ?? [], ["metadata"] = new JsonObject() };
            values[name]!["status"] = result.Error is null ? "ok" : "error";
        }
        return values;
    }

    private JsonObject Failed(CellError error)
    {
        var content = Describe(error);
        content["status"] = "error";
        content["execution_count"] = _executionCount;
        content["user_expressions"] = new JsonObject();
        content["payload"] = new JsonArray();
        return content;
    }

    /// <summary>An error as front-ends show it: the message in red, the user's own lines below in the colours of
    /// IPython.</summary>
    private static JsonObject Describe(CellError error)
    {
        const string red = "\e[31m", green = "\e[32m", blue = "\e[34m", plain = "\e[0m";
        return new JsonObject
        {
            ["ename"] = error.Name,
            ["evalue"] = error.Message,
            ["traceback"] = new JsonArray([.. error.Report.Select((line, i) => (JsonNode)(
                i == 0 || line.StartsWith("caused by ", StringComparison.Ordinal) || line.StartsWith('(') ? $"{red}{line}{plain}"
                : line.StartsWith("   at ", StringComparison.Ordinal) ? $"{green}{line}{plain}"
                : line.TrimStart().StartsWith('^') ? $"{blue}{line}{plain}"
                : line))]),
        };
    }
}
