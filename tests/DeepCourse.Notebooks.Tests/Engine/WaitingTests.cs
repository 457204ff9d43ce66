using System.Diagnostics;

namespace DeepCourse.Notebooks.Engine;

/// <summary>Code that waits for what its own awaits bring.</summary>
public sealed class WaitingTests : SessionTest
{
    private const string Functions = """
        async Task<int> F() { await Task.Delay(10); return 1; }
        async Task G() => await F();
        async ValueTask<int> V() { await Task.Yield(); return 2; }
        async IAsyncEnumerable<int> Numbers() { for (var i = 0; i < 3; i++) { await Task.Delay(2); yield return i; } }
        """;

    [Theory]
    [InlineData("F().Result", "1")]
    [InlineData("F().Wait(); 1", "1")]
    [InlineData("F().GetAwaiter().GetResult()", "1")]
    [InlineData("Task.WhenAll(F(), F()).Result.Sum()", "2")]
    [InlineData("Task.WaitAll(F(), G(), Task.Run(() => 3)); 3", "3")]
    [InlineData("Task.WaitAny(F(), Task.Delay(-1))", "0")]
    [InlineData("V().AsTask().Result", "2")]
    [InlineData("Numbers().ToBlockingEnumerable().Sum()", "3")]
    [InlineData("var s = new SemaphoreSlim(0); async void Release() { await Task.Delay(10); s.Release(); } Release(); "
        + "s.Wait(); 4", "4")]
    [InlineData("var e = new ManualResetEvent(false); async void Set() { await Task.Delay(10); e.Set(); } Set(); e.WaitOne(); 5",
        "5")]
    [InlineData("var e = new AutoResetEvent(false); var o = new ManualResetEvent(true); async void Set() { await Task.Delay(10); "
        + "e.Set(); } Set(); WaitHandle.WaitAll([e, o]); 6", "6")]
    [InlineData("async Task<int> Outer() { await Task.Yield(); return F().Result + Inner().Result; } async Task<int> Inner() { "
        + "await Task.Delay(1); return G().Wait(1000) ? 1 : 0; } Outer().Result", "2")]
    [InlineData("var t = F(); while (!t.IsCompleted) Thread.Sleep(10); t.Result", "1")]
    [InlineData("var done = false; async void Set() { await Task.Delay(10); done = true; } Set(); while (!done) "
        + "Thread.Sleep(1); 7", "7")]
    [InlineData("int Poll(Task t) { while (!t.IsCompleted) { } return 8; } Poll(F())", "8")]
    [InlineData("SpinWait.SpinUntil(() => t2.IsCompleted); 9", "9", "var t2 = Task.Run(async () => { await Task.Delay(10); });")]
    [InlineData("F().Wait(0)", "False")]
    [InlineData("Task.Delay(-1).Wait(50)", "False")]
    [InlineData("await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => F())); 10", "10")]
    [InlineData("await using (var d = new D()) { } await foreach (var x in Numbers()) Console.Write(x); class D : "
        + "IAsyncDisposable { public async ValueTask DisposeAsync() => await F2(); static async Task F2() => await "
        + "Task.Delay(5); }", "(none)")]
    public async Task Blocking_on_async_code_returns(string code, string expected, string before = "")
    {
        await Value(Functions);
        await Value(before);
        var clock = Stopwatch.StartNew();
        Assert.Equal(expected, await Value(code));
        TestContext.Current.SendDiagnosticMessage($"{code}: {clock.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task What_an_await_brings_runs_on_the_thread_of_the_cells_also_while_it_waits()
    {
        Assert.Equal("True",
            await Value(
                "var here = Environment.CurrentManagedThreadId; async Task<int> Where() { await Task.Delay(5); return "
                    + "Environment.CurrentManagedThreadId; } Where().Result == here"));
    }

    [Fact]
    public async Task Nothing_else_of_the_cell_runs_inside_its_lock_while_it_waits_for_another_one()
    {
        Assert.Equal("False", await Value("""
            object own = new(), other = new();
            bool isInside = false, hasMet = false, isHeld = false;
            var thread = new Thread(() => { lock (other) { isHeld = true; Thread.Sleep(300); } });
            thread.Start();
            async Task Visit() { await Task.Delay(20); lock (own) { hasMet |= isInside; } }
            var visit = Visit();
            while (!isHeld) Thread.Sleep(1);
            lock (own) { isInside = true; lock (other) { } isInside = false; }
            await visit;
            hasMet
            """));
    }

    [Fact]
    public async Task An_interrupt_ends_every_wait_and_what_ran_inside_it()
    {
        await Value(Functions);
        foreach (var endless in new[] { "Task.Delay(-1).Wait();", "F().ContinueWith(_ => Task.Delay(-1)).Unwrap().Wait();",
            "async Task Spin() { await Task.Delay(1); while (true) { } }\nSpin().Wait();",
            "while (!Task.Delay(-1).IsCompleted) Thread.Sleep(10);", "Task.WaitAll(F(), Task.Delay(-1));",
            "new SemaphoreSlim(0).Wait();", "async Task Deep() { await Task.Yield(); Task.Delay(-1).Wait(); }\nDeep().Wait();" })
        {
            Assert.Equal(CellStatus.Interrupted, (await Stop(await Start(endless))).Status);
            Assert.Equal("1", await Value("F().Result"));
        }
        await Rests();
    }

    [Fact]
    public async Task An_async_void_that_throws_during_a_wait_is_shown_and_the_wait_goes_on()
    {
        await Value(Functions);
        var (result, output) = await Run(
            "var isOver = false;\n"
                + "async void Bad() { await Task.Delay(1); isOver = true; throw new Exception(\"from async void\"); }\n"
                + "Bad(); while (!isOver) Thread.Sleep(1);\nF().Result");
        Assert.Equal("1", result.Value!.PlainText);
        Assert.Contains("from async void", output.Error, StringComparison.Ordinal);
        Assert.Contains("in Bad", output.Error, StringComparison.Ordinal);
    }
}
