using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using DeepCourse.Notebooks.Engine;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// Completion, inspection and whether a cell is finished, on a thread of their own and in the order they came. Positions on the
/// wire count code points; C#'s strings count UTF-16 units.
/// </summary>
internal sealed partial class LanguageRequests
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly BlockingCollection<Action> _queue = [];
    private readonly ConcurrentQueue<string> _cells = new();
    private readonly KernelLink _link;
    private CSharpSession? _session;
    private volatile bool _isAsked;

    public LanguageRequests(KernelLink link)
    {
        _link = link;
        new Thread(Loop) { IsBackground = true, Name = "Language" }.Start();
    }

    /// <summary>From here on requests can be answered.</summary>
    public void Use(CSharpSession session) => _queue.Add(() => _session = session);

    /// <summary>Makes the first answer, which takes a second, before anybody asks. Does not wait.</summary>
    public void WarmUp() => _queue.Add(() =>
    {
        _session?.Language.WarmUp();
        // gives back what the start needed and nothing will again
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    });

    /// <summary>
    /// A cell was compiled: its names are known from now on. They are read when somebody asks, and from then on ahead, in a
    /// pause: a run of all cells is not slowed down by it, and one by a program, which never asks, needs no memory for it.
    /// </summary>
    public void Add(string code)
    {
        _cells.Enqueue(code);
        if (_isAsked) _queue.Add(() => { });
    }

    public void Receive(Message request)
    {
        _isAsked |= request.Type != "is_complete_request";
        _queue.Add(() => _link.Answer(Channel.Shell, request, () => request.Type switch
        {
            "complete_request" => Complete(request.Content),
            "inspect_request" => Inspect(request.Content),
            _ => IsComplete(request.Content),
        }));
    }

    /// <summary>What a cell that is only a name and a question mark, such as <c>Convolution.Apply?</c>, asks for; null for any
    /// other cell.</summary>
    public string? Explain(string code)
    {
        if (Question().Match(code) is not { Success: true } match) return null;
        var name = match.Groups["name"].Value;
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(() =>
        {
            try
            {
                CatchUp();
                answer.TrySetResult(_session?.Language.InspectAsync(name, name.Length).GetAwaiter().GetResult()
                    ?? $"Nothing is known of '{name}'.");
            }
            finally
            {
                answer.TrySetResult($"'{name}' can't be explained.");
            }
        });
        return answer.Task.GetAwaiter().GetResult();
    }

    [GeneratedRegex(@"^\s*(?<name>[\w.]+)\s*\?\s*$")]
    private static partial Regex Question();

    private void CatchUp()
    {
        while (_session is { } session && _cells.TryDequeue(out var code))
            session.Language.AddAsync(code).GetAwaiter().GetResult();
    }

    private void Loop()
    {
        while (true)
            try
            {
                if (_queue.TryTake(out var work,
                    _cells.IsEmpty || !_isAsked || _session is null ? Timeout.InfiniteTimeSpan : Pause)) work();
                else CatchUp();
            }
            catch (Exception e)
            {
                Console.Error.WriteLine($"The editor's help met an error and goes on: {e.Message}");
            }
    }

    private JsonObject Complete(JsonObject content)
    {
        CatchUp();
        var (code, position) = Place(content);
        var found = _session is null
            ? new Completions(position, position, [])
            : _session.Language.CompleteAsync(code, position).GetAwaiter().GetResult();
        int start = CodePoints(code, found.Start), end = CodePoints(code, found.End);
        return new JsonObject
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Items.Select(i => (JsonNode)i.Text)]),
            ["cursor_start"] = start,
            ["cursor_end"] = end,
            ["metadata"] = new JsonObject
            {
                // VS Code and JupyterLab take icons from here: as many entries as matches.
                ["_jupyter_types_experimental"] = new JsonArray([.. found.Items.Select(i => (JsonNode)new JsonObject
                {
                    ["text"] = i.Text,
                    ["type"] = i.Kind,
                    ["start"] = start,
                    ["end"] = end,
                })]),
            },
        };
    }

    private JsonObject Inspect(JsonObject content)
    {
        CatchUp();
        var (code, position) = Place(content);
        var text = _session?.Language.InspectAsync(code, position).GetAwaiter().GetResult();
        return new JsonObject
        {
            ["status"] = "ok",
            ["found"] = text is not null,
            ["data"] = text is null ? new JsonObject() : new JsonObject { ["text/plain"] = text },
            ["metadata"] = new JsonObject(),
        };
    }

    private static JsonObject IsComplete(JsonObject content)
    {
        var state = LanguageService.IsComplete((string?)content["code"] ?? "");
        var reply = new JsonObject { ["status"] = state };
        if (state == "incomplete") reply["indent"] = "    ";
        return reply;
    }

    private static (string Code, int Position) Place(JsonObject content)
    {
        var code = (string?)content["code"] ?? "";
        var points = (int?)content["cursor_pos"] ?? int.MaxValue;
        var position = 0;
        foreach (var rune in code.EnumerateRunes())
        {
            if (points-- <= 0) break;
            position += rune.Utf16SequenceLength;
        }
        return (code, position);
    }

    private static int CodePoints(string code, int position)
    {
        var points = 0;
        foreach (Rune rune in code.AsSpan(0, Math.Min(position, code.Length)).EnumerateRunes())
            points += rune.Utf16SequenceLength > 0 ? 1 : 0;
        return points;
    }
}
