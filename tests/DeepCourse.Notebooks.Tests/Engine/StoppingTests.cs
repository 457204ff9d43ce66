namespace DeepCourse.Notebooks.Engine;

/// <summary>Stopping code and keeping its stack: in functions, lambdas, other threads, whatever the compiler makes of
/// it.</summary>
public sealed class StoppingTests : SessionTest
{
    [Theory]
    [InlineData("Func<int> f = () => { var x = 0; while (true) x++; }; f();")]
    [InlineData("Task.Run(() => { while (true) { } }).Wait();")]
    [InlineData("var thread = new Thread(() => { while (true) { } }); thread.Start(); while (true) Thread.Sleep(10);")]
    [InlineData("Parallel.For(0, 100, i => { while (true) { } });")]
    [InlineData("Enumerable.Range(0, 10).AsParallel().Select(i => { while (true) { } return i; }).ToArray();")]
    [InlineData("await Task.Run(async () => { while (true) await Task.Delay(1); });")]
    [InlineData("Task.Run(() => { while (true) { try { while (true) { } } catch (Exception) { } } }).Wait();")]
    [InlineData("while (true) { try { while (true) Thread.Sleep(1); } catch (Exception) { } }")]
    [InlineData("while (true) { try { throw new Exception(); } catch (Exception) { continue; } finally { } }")]
    [InlineData("again: goto again;")]
    [InlineData("IEnumerable<int> Forever() { while (true) ; yield return 1; } foreach (var x in Forever()) { }")]
    [InlineData("async IAsyncEnumerable<int> Slow() { while (true) { await Task.Delay(1); yield return 1; } } await foreach (var "
        + "x in Slow()) { }")]
    [InlineData("(from i in Enumerable.Range(0, int.MaxValue) from j in Enumerable.Range(0, int.MaxValue) where Never(i) select "
        + "j).Count(); bool Never(int x) => x < 0;")]
    [InlineData("new Loop(); class Loop { int _n; public Loop() { while (true) _n++; } }")]
    [InlineData("_ = Loop.Value; static class Loop { public static int Value { get { for (;;) { } } } }")]
    [InlineData("var list = new List<int> { 1 }; for (var i = 0; i < list.Count;) list[0]++;")]
    [InlineData("dynamic d = 1; while (d > 0) d = 1;")]
    [InlineData("Enumerable.Range(0, int.MaxValue).AsParallel().Where(x => x % 7 == 0).Count();")]
    [InlineData("Parallel.ForEach(Enumerable.Range(0, int.MaxValue), x => { try { Math.Sqrt(x); } catch { } });")]
    [InlineData("Array.Sort(Enumerable.Repeat(1, 50_000_000).ToArray(), new Slow()); class Slow : IComparer<int> { public int "
        + "Compare(int a, int b) => a - b; }")]
    public async Task Stop_ends_it_and_nothing_goes_on(string endless)
    {
        var result = await Stop(await Start(endless, "var mine = 2;"));
        Assert.Equal(CellStatus.Interrupted, result.Status);
        Assert.Equal("2", await Value("mine"));
        await Rests();
    }

    [Fact]
    public async Task A_loaded_file_s_loops_stop_at_once_too()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "endless.csx").Replace('\\', '/');
        await File.WriteAllTextAsync(file, "void Endless()\n{\n    while (true) { }\n}", TestContext.Current.CancellationToken);
        await Value($"#load \"{file}\"");
        var (running, output) = Begin(
            "try { Console.Write(\"started\"); Endless(); } catch (OperationCanceledException) { Console.Write(\" asked\"); }");
        await output.Printed("started");
        await Stop(running);
        Assert.Equal("started asked", output.Out); // an abort can't be caught so
    }

    [Fact]
    public async Task Stop_ends_what_an_earlier_cell_has_left_running()
    {
        await Value(
            "long turns = 0; Task.Run(() => { while (true) turns++; }); new Thread(() => { while (true) { Thread.Sleep(400); "
                + "turns++; } }).Start();");
        Assert.False(Session.Interrupt()); // no cell runs
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        var before = await Value("turns");
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.Equal(before, await Value("turns"));
        // What comes afterwards is not stopped.
        Assert.Equal("1000000", await Value("var n = 0; for (var i = 0; i < 1_000_000; i++) n++; n"));
        Assert.Equal("5000",
            await Value("var m = 0; await Task.Run(() => { for (var i = 0; i < 5000; i++) { m++; Thread.Yield(); } }); m"));
    }

    [Fact]
    public async Task A_timer_of_an_earlier_cell_survives_the_stop_of_a_later_one()
    {
        await Value(
            "var ticks = 0; var timer = new Timer(_ => { for (var i = 0; i < 3; i++) Thread.Yield(); ticks++; }, null, 0, 20);");
        Assert.Equal(CellStatus.Interrupted, (await Stop(await Start("while (true) Thread.Sleep(1);"))).Status);
        var before = await Value("ticks");
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.NotEqual(before, await Value("ticks"));
        await Value("timer.Dispose();");
    }

    [Fact]
    public async Task A_recursion_through_reflection_ends_also_where_the_compiler_has_put_its_methods_into_one_another()
    {
        await Value("""
            static class Deep
            {
                public static int Left;
                public static string Way;

                public static object Go(System.Reflection.MethodInfo m)
                {
                    if (Left-- != 0) return m.Invoke(null, [m]);
                    var frames = new System.Diagnostics.StackTrace().GetFrames();
                    Way = string.Join(' ', frames.Take(20).Select(f => f.GetMethod().Name));
                    return null;
                }
            }
            var m = typeof(Deep).GetMethod("Go");
            for (var i = 0; i < 500 && Deep.Way?.Contains("InvokeWithOneArg") != false; i++)
            {
                Deep.Left = 500;
                m.Invoke(null, [m]);
                Thread.Sleep(5);
            }
            """);
        var (result, _) = await Run("Deep.Left = -1; m.Invoke(null, [m])");
        Assert.Equal("InsufficientExecutionStackException", result.Error?.Name);
    }

    [Theory]
    [InlineData("Func<int, int> f = null; f = x => f(x + 1) + 1; f(0)")]
    [InlineData("int R(int x) => R(x + 1) + 1; R(0)")]
    [InlineData("int A(int x) => B(x) + 1; int B(int x) => A(x) + 1; A(0)")]
    [InlineData("dynamic d = null; d = (Func<dynamic, dynamic>)(x => d(x + 1) + 1); d(0)")]
    [InlineData("var m = typeof(Deep).GetMethod(\"Go\"); m.Invoke(null, [m]); static class Deep { public static object "
        + "Go(System.Reflection.MethodInfo m) => m.Invoke(null, [m]); }")]
    [InlineData("var c = new Cycle(); c.Next = c; new HashSet<Cycle> { c }.Count; record Cycle { public Cycle Next { get; "
        + "set; } }")]
    [InlineData("var c = new Cycle(); c.Next = c; c.ToString(); record Cycle { public Cycle Next { get; set; } }")]
    [InlineData("var p = new Prop(); p.X; class Prop { public int X => X + 1; }")]
    [InlineData("IEnumerable<int> Nest(int n) { foreach (var x in Nest(n + 1)) yield return x; } Nest(0).First()")]
    [InlineData("async Task Nest() => await Nest(); await Nest();")]
    [InlineData("Task.Run(() => { int R(int x) => R(x + 1) + 1; return R(0); }).Result")]
    [InlineData("int F(int n) { try { return F(n + 1) + 1; } finally { Clean(n); } } void Clean(int n) => Math.Abs(Twice(n)); "
        + "int Twice(int n) => 2 * n + int.Parse(\"1\"); F(0)")]
    [InlineData("int F(int n) { try { return F(n + 1) + 1; } catch (Exception e) { throw new Exception(\"again\", e); } } F(0)")]
    [InlineData("var list = new List<int> { 3, 1, 2 }; Comparison<int> c = null; c = (a, b) => { new List<int>(list).Sort(c); "
        + "return a - b; }; list.Sort(c);")]
    [InlineData("new Self(); class Self { Self _inner = new(); }")]
    public async Task A_recursion_without_end_is_the_cells_error(string code)
    {
        var kept = await Value("var kept = 1; kept");
        var (result, _) = await Run(
            code.Replace("new HashSet<Cycle> { c }.Count;", "Console.Write(new HashSet<Cycle> { c }.Count);",
                StringComparison.Ordinal)
            .Replace("p.X;", "Console.Write(p.X);", StringComparison.Ordinal));
        Assert.Equal("InsufficientExecutionStackException", result.Error?.Name);
        Assert.InRange(result.Error!.Report.Count, 2, 30);
        Assert.Equal(kept, await Value("kept"));
    }

    [Theory]
    [InlineData("new Thread(() => throw new Exception(\"lost\")).Start();")]
    [InlineData("new Thread(() => { int R(int x) => R(x + 1) + 1; R(0); }).Start();", "InsufficientExecutionStackException")]
    [InlineData("ThreadPool.QueueUserWorkItem(_ => throw new Exception(\"lost\"));")]
    [InlineData("var timer = new Timer(_ => throw new Exception(\"lost\"), null, 1, -1);")]
    [InlineData("class Final { ~Final() => throw new Exception(\"lost\"); } void Make() { _ = new Final(); } Make(); "
        + "GC.Collect(); GC.WaitForPendingFinalizers();")]
    [InlineData("async void Void() { await Task.Delay(50); throw new Exception(\"lost\"); } Void();")]
    [InlineData("async void Void() { await Task.Delay(50).ConfigureAwait(false); throw new Exception(\"lost\"); } Void();")]
    [InlineData("new Thread(() => System.Diagnostics.Trace.Assert(false, \"lost\")).Start();")]
    public async Task An_exception_that_nobody_catches_is_shown_and_ends_nothing(string code, string word = "lost")
    {
        var (result, output) = await Run($"var kept = 1; {code}");
        Assert.Equal(CellStatus.Ok, result.Status);
        for (var i = 0; i < 200 && !output.Error.Contains(word, StringComparison.Ordinal); i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Contains(word, output.Error, StringComparison.Ordinal);
        Assert.Contains("at cell [1], line 1", output.Error, StringComparison.Ordinal);
        Assert.Equal("1", await Value("kept"));
    }

    [Fact]
    public async Task A_cell_can_t_end_the_process_by_a_call()
    {
        var (result, _) = await Run("var kept = 1; Environment.Exit(3);");
        Assert.Contains("restart the kernel", result.Error!.Message, StringComparison.Ordinal);
        (result, _) = await Run("System.Diagnostics.Trace.Assert(kept == 2, \"two\");");
        Assert.Equal("Assertion failed: two", result.Error!.Message);
        Assert.Equal("1", await Value("kept"));
    }

    [Fact]
    public async Task Gradients_and_scopes_are_as_they_were_after_the_thread_was_given_up()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows .NET makes it an exception by itself.");
        await Value("using TorchSharp; using static TorchSharp.torch; var scope = NewDisposeScope(); set_grad_enabled(false);");
        for (var i = 0; i < 2; i++)
        {
            var (result, _) = await Run("using (enable_grad()) using (NewDisposeScope()) ones(2, 3).matmul(ones(4, 5));");
            Assert.Equal("NativeException", result.Error!.Name);
            Assert.Equal("False 0", await Value("$\"{is_grad_enabled()} {scope.DisposablesCount}\""));
        }
        // One that had to be aborted closes what it had open.
        await Stop(
            await Start(
                "using (enable_grad()) Enumerable.Repeat(1L, int.MaxValue).Concat(Enumerable.Repeat(1L, int.MaxValue)).Count(x "
                    + "=> x < 0);"));
        Assert.Equal("False 1", await Value("var t = ones(2); $\"{is_grad_enabled()} {scope.DisposablesCount}\""));
        Assert.Equal("True", await Value("scope.Dispose(); set_grad_enabled(true); t.IsInvalid"));
    }

    [Fact]
    public async Task A_folder_that_is_gone_and_a_library_without_a_name_are_errors_with_a_message()
    {
        var (result, _) = await Run("#r \"nuget: \"");
        Assert.Contains("no package's name", result.Error!.Message, StringComparison.Ordinal);
        (result, _) = await Run("#load \"no/such/file.csx\"");
        Assert.Contains("no/such/file.csx", result.Error!.Message, StringComparison.Ordinal);
        (result, _) = await Run("#r \"\"");
        Assert.NotNull(result.Error);
    }
}
