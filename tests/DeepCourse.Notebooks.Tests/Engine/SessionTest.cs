using System.Diagnostics;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// A test that runs cells. One session at a time: the console and libtorch's failure handler belong to the process. And nothing
/// beside it: some cells keep every thread of the pool busy, which the clients of the other tests need.
/// </summary>
[Collection(Alone)]
public abstract class SessionTest
{
    internal const string Alone = "Session";

    private int _number;

    protected SessionTest() => Session.WarmUp();

    internal CSharpSession Session { get; } = new();

    private protected async Task<(CellResult Result, RecordedOutput Output)> Run(string code)
    {
        var output = new RecordedOutput();
        // only so that a hang is a failure
        var result = await Session.RunAsync(code, ++_number, output).WaitAsync(TimeSpan.FromSeconds(180));
        Session.Prepare();
        return (result, output);
    }

    /// <summary>Begins to run <paramref name="code"/>.</summary>
    private protected (Task<CellResult> Running, RecordedOutput Output) Begin(string code)
    {
        var output = new RecordedOutput();
        return (Session.RunAsync(code, ++_number, output), output);
    }

    /// <summary>Runs <paramref name="endless"/> and returns once it has begun.</summary>
    private protected async Task<Task<CellResult>> Start(string endless, string before = "", string after = "")
    {
        var (running, output) = Begin($"{before} Console.Write(\"started\");\n{endless}\n{after}");
        await Task.WhenAny(output.Printed("started"), running);
        await Task.Delay(100);
        Assert.False(running.IsCompleted);
        return running;
    }

    private protected async Task<string> Value(string code)
    {
        var (result, _) = await Run(code);
        Assert.True(result.Status == CellStatus.Ok, string.Join('\n', result.Error?.Report ?? []));
        return result.Value?.PlainText ?? "(none)";
    }

    /// <summary>Presses stop, and waits for the cell's end.</summary>
    private protected async Task<CellResult> Stop(Task<CellResult> running)
    {
        Session.Interrupt();
        return await running.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    /// <summary>Nothing of a cell goes on burning a core: soon there is a moment in which this process rests (other tests may
    /// delay it).</summary>
    private protected static async Task Rests()
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TimeSpan.FromSeconds(60))
        {
            var cpu = Environment.CpuUsage.TotalTime;
            await Task.Delay(200, TestContext.Current.CancellationToken);
            if ((Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds < 120) return;
        }
        Assert.Fail("Something of the cell goes on.");
    }
}

/// <summary>Tests of this kind run when no others do.</summary>
[CollectionDefinition(SessionTest.Alone, DisableParallelization = true)]
public sealed class SessionsAlone;
