using System.Diagnostics;

namespace DeepCourse.Notebooks.Engine;

/// <summary>What a cell is, what it shows and what becomes of it.</summary>
public sealed class CSharpSessionTests : SessionTest
{
    [Fact]
    public async Task Variables_functions_and_types_live_on_in_later_cells()
    {
        await Value("var x = 20; int Twice(int n) => 2 * n; record Point(int X, int Y); private int hidden = 1;");
        Assert.Equal("41", await Value("Twice(x) + hidden"));
        Assert.Equal("Point { X = 1, Y = 2 }", await Value("new Point(1, 2).ToString()"));
        Assert.Equal("text", await Value("var x = \"text\"; x"));
    }

    [Fact]
    public async Task All_of_the_framework_can_be_used_though_cells_are_compiled_against_a_part_of_it()
    {
        Assert.Equal("6", await Value("Enumerable.Range(0, 4).AsParallel().Sum()"));
        Assert.Equal("IPv4", await Value("using System.Net.NetworkInformation;\nNetworkInterfaceComponent.IPv4.ToString()"));
        Assert.Equal("IPv6", await Value("NetworkInterfaceComponent.IPv6.ToString()"));
        var (result, _) = await Run("using System.Net.Mail;\nnew MailAddress(\"a@b.c\").Hots");
        Assert.Contains(result.Error!.Report,
            line => line.Contains("'MailAddress' does not contain a definition for 'Hots'", StringComparison.Ordinal));
        Assert.DoesNotContain(result.Error!.Report, line => line.Contains("CS0234", StringComparison.Ordinal));
        (result, _) = await Run("using System.Net.Male;");
        Assert.Contains(result.Error!.Report, line => line.Contains("CS0234", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1 + 1", "2")]
    [InlineData("Math.Abs(-1);", "(none)")]
    [InlineData("var y = 3;", "(none)")]
    [InlineData("\"a\\nb\"", "a\nb")]
    [InlineData("(string)null", "<null>")]
    [InlineData("await Task.FromResult(5)", "5")]
    [InlineData("Console.Write(\"\")", "(none)")]
    [InlineData("// nothing", "(none)")]
    [InlineData("", "(none)")]
    [InlineData("using System.Numerics;", "(none)")]
    [InlineData("if (true) { }", "(none)")]
    public async Task The_last_expression_is_the_value(string code, string expected)
    {
        Assert.Equal(expected, await Value(code));
    }

    [Fact]
    public async Task Awaits_continue_on_the_thread_of_the_cells()
    {
        Assert.Equal("True",
            await Value(
                "var before = Environment.CurrentManagedThreadId; await Task.Delay(20); before == "
                    + "Environment.CurrentManagedThreadId"));
    }

    [Fact]
    public async Task A_compile_error_names_line_and_column_and_points_at_the_place()
    {
        var (result, _) = await Run("var a = 1;\nvar b = a + unknown;");
        Assert.Equal(CellStatus.Error, result.Status);
        Assert.Equal(("CS0103", 2), (result.Error!.Name, result.Error.Line));
        Assert.Equal(
        [
            "(2,13): error CS0103: The name 'unknown' does not exist in the current context",
            "    var b = a + unknown;",
            "                ^^^^^^^",
        ], result.Error.Report);
    }

    [Fact]
    public async Task An_exception_shows_the_users_own_lines_and_keeps_what_was_assigned()
    {
        await Value("int Divide(int a, int b)\n{\n    return a / b;\n}");
        var (result, _) = await Run("var kept = 7;\nvar lost = Divide(1, 0);");
        Assert.Equal("DivideByZeroException", result.Error!.Name);
        Assert.Equal(3, result.Error.Line);
        Assert.Equal(
        [
            "DivideByZeroException: Attempted to divide by zero.",
            "   at cell [1], line 3, in Divide: return a / b;",
            "   at cell [2], line 2: var lost = Divide(1, 0);",
        ], result.Error.Report);
        Assert.Equal("7", await Value("kept"));
    }

    [Fact]
    public async Task An_exception_in_a_cell_of_one_line_has_its_place()
    {
        await Value("int Get(int[] of) => of[9];");
        var (result, _) = await Run("Get([1, 2])");
        Assert.Equal(["   at cell [1], line 1, in Get: int Get(int[] of) => of[9];", "   at cell [2], line 1: Get([1, 2])"],
            result.Error!.Report.Skip(1));
        Assert.Equal(1, result.Error.Line);
        (result, _) = await Run("var lines = 2;\nGet([lines])");
        Assert.Equal(["   at cell [1], line 1, in Get: int Get(int[] of) => of[9];", "   at cell [3], line 2: Get([lines])"],
            result.Error!.Report.Skip(1));
    }

    [Fact]
    public async Task An_index_out_of_range_names_its_function_and_no_wrong_line()
    {
        var (result, _) = await Run("int Z(int k)\n{\n    var b = new int[3];\n    b[5] = 1;\n    return 1;\n}\nZ(2)");
        Assert.Equal(["   at cell [1], in Z, at one of its array indices", "   at cell [1], line 7: Z(2)"],
            result.Error!.Report.Skip(1));
    }

    [Theory]
    [InlineData("unsafe { int x = 5; int* p = &x; Console.Write(*p); }", "5")]
    [InlineData("[System.Runtime.CompilerServices.SkipLocalsInit] int Zero() { Span<int> s = stackalloc int[2]; return s.Length; "
        + "} Console.Write(Zero());", "2")]
    [InlineData("class Box<T> { public T? Value; public T? Get() => default; public override bool Equals(object? o) => o is "
        + "null; public override int GetHashCode() => 0; } string? s = null; Func<string?, int?> f = t => t?.Length; "
        + "Console.Write($\"{f(s) is null} {new Box<string>().Get() is null}\");", "True True")]
    [InlineData("#nullable enable\nstring? s = null; Console.Write(s?.Length is null);", "True")]
    public async Task Unsafe_code_and_nullable_annotations_are_accepted(string code, string printed)
    {
        var (result, output) = await Run(code);
        Assert.True(result.Status == CellStatus.Ok, string.Join('\n', result.Error?.Report ?? []));
        Assert.Equal(printed, output.Out);
    }

    [Fact]
    public async Task A_loaded_file_may_have_unsafe_code()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "five.csx");
        await File.WriteAllTextAsync(file, "unsafe int Five() { int x = 5; int* p = &x; return *p; }",
            TestContext.Current.CancellationToken);
        Assert.Equal("(none)", await Value($"#load \"{file.Replace('\\', '/')}\""));
        Assert.Equal("5", await Value("Five()"));
        var (result, _) = await Run("unsafe { Missing(); }");
        Assert.Equal("CS0103", result.Error!.Name);
    }

    [Fact]
    public async Task An_exception_after_an_await_and_one_inside_another_are_shown()
    {
        var (result, _) = await Run(
            "await Task.Delay(1);\ntry { throw new ArgumentException(\"inner\"); }\ncatch (Exception e) { throw new "
                + "InvalidOperationException(\"outer\", e); }");
        Assert.Equal("InvalidOperationException: outer", result.Error!.Report[0]);
        Assert.Contains("caused by ArgumentException: inner", result.Error.Report);
        Assert.Contains(result.Error.Report, l => l.StartsWith("   at cell [1], line 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Console_output_keeps_its_stream_and_late_output_its_cell()
    {
        var (_, output) = await Run(
            "Console.WriteLine(\"out\"); Console.Error.Write(\"err\"); var go = new TaskCompletionSource(); var late = "
                + "Task.Run(async () => { await go.Task; Console.Write(\"late\"); });");
        Assert.Equal(("out\n", "err"), (output.Out, output.Error));
        var (_, next) = await Run("go.SetResult(); await late;");
        Assert.Equal("", next.Out);
        Assert.Equal("out\nlate", output.Out);
    }

    [Fact]
    public async Task Values_are_displayed_and_updated_in_place()
    {
        var (_, output) = await Run("var d = display(1); 2.Display(); d.Update(3); display(HTML(\"<b>x</b>\"));");
        Assert.Equal(["1", "2", "3", "<b>x</b>"], output.Displays.Select(d => d.Bundle.PlainText));
        Assert.Equal([false, false, true, false], output.Displays.Select(d => d.IsUpdate));
        Assert.Equal(output.Displays[0].Id, output.Displays[2].Id);
        Assert.Equal("<b>x</b>", (string?)output.Displays[3].Bundle.Data["text/html"]);
    }

    [Fact]
    public async Task Built_in_packages_are_satisfied_and_columns_stay_right()
    {
        Assert.Equal("2×3 float32 on cpu",
            (await Value(
                "#r \"nuget: DeepCourse, 1.0.0\"\n#r \"nuget: TorchSharp-cpu, 0.107.0\"\nusing static "
                    + "TorchSharp.torch;\nones(2, 3)")).Split('\n')[0]);
        var (result, _) = await Run("#r \"nuget: DeepCourse, 1.0.0\"\nnope");
        Assert.StartsWith("(2,1): error CS0103", result.Error!.Report[0], StringComparison.Ordinal);
        (result, _) = await Run("var a = 1;\n#r \"nuget: NoSuchThing, 1.0\"");
        Assert.Equal(2, result.Error!.Line);
    }

    [Fact]
    public async Task A_library_is_referenced_by_path_and_a_missing_one_is_named()
    {
        var path = typeof(CsvLike.Marker).Assembly.Location.Replace('\\', '/');
        Assert.Equal("found", await Value($"#r \"{path}\"\nDeepCourse.Notebooks.Engine.CsvLike.Marker.Word"));
        var (result, _) = await Run("#r \"no/such.dll\"");
        Assert.Contains("There is no file", result.Error!.Message, StringComparison.Ordinal);
        var text = Path.GetTempFileName();
        (result, _) = await Run($"#r \"{text.Replace('\\', '/')}\"");
        Assert.Contains("is not a .NET library", result.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("while (true) { }")]
    [InlineData("Thread.Sleep(100000);")]
    [InlineData("await Task.Delay(-1);")]
    [InlineData("await Task.Delay(10); while (true) { }")]
    [InlineData("while (true) await Task.Delay(5);")]
    [InlineData("new ManualResetEvent(false).WaitOne();")]
    [InlineData("Task.Delay(-1).Wait();")]
    [InlineData("while (true) { try { Thread.Sleep(100000); } catch (Exception) { } }")]
    [InlineData("foreach (var x in Enumerable.Repeat(1, int.MaxValue)) for (var i = 0; i < 1000000; i++) { }")]
    [InlineData("Enumerable.Repeat(1L, int.MaxValue).Concat(Enumerable.Repeat(1L, int.MaxValue)).Where(x => x > 0).Count(x => "
        + "x < 0);")]
    [InlineData("System.Text.RegularExpressions.Regex.IsMatch(new string('a', 40) + \"!\", \"^(a+)+$\");")]
    [InlineData("var gate = new object(); var held = new Thread(() => { lock (gate) Thread.Sleep(-1); }) { IsBackground = true "
        + "}; held.Start(); Thread.Sleep(100); lock (gate) { }")]
    [InlineData("while (true) { using var t = TorchSharp.torch.ones(10, 10).sum(); }")]
    public async Task An_interrupt_ends_the_cell_and_keeps_its_variables(string endless)
    {
        await Value("var earlier = 1;");
        var running = await Start(endless, "var mine = 2;", "mine = 3;");
        var clock = Stopwatch.StartNew();
        Assert.True(Session.Interrupt());
        var result = await running.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(CellStatus.Interrupted, result.Status);
        TestContext.Current.SendDiagnosticMessage($"interrupted after {clock.ElapsedMilliseconds} ms");
        Assert.Equal("12", await Value("$\"{earlier}{mine}\""));

        await Rests();
    }

    [Theory]
    // a step may take longer than the second after which other code is cut off
    [InlineData(""), InlineData("Thread.Sleep(1500);")]
    public async Task An_interrupted_training_returns_what_it_has_and_the_network_can_be_used(string slow)
    {
        await Value("using DeepCourse.Data; using DeepCourse.Training; using TorchSharp; using static TorchSharp.torch;");
        await Value(
            $"class Tells : Callback {{ public override void AfterStep(Trainer t) {{ if (t.Step == 40) "
                + $"Console.Write(\"forty\"); {slow.Replace("Thread", "if (t.Step > 40) Thread", StringComparison.Ordinal)} }} "
                + $"}}\nHistory history = null; var after = 0;");
        await Value(
            "var net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2)); var batches = new Batches(rand(160, 8), "
                + "randint(2, 160), 16);");
        var (running, output) = Begin(
            "history = Trainer.Fit(net, batches, epochs: 1_000_000, callbacks: [new Tells()]); after = 1;");
        await Task.WhenAny(output.Printed("forty"), running);
        Assert.True(Session.Interrupt());
        var result = await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(CellStatus.Ok, result.Status); // what stands behind the training is done, and would show its curves
        Assert.Equal("Interrupted 1 False", await Value("$\"{history.Reason} {after} {net.training}\""));
        Assert.True(int.Parse(await Value("history.Epochs.Count"), System.Globalization.CultureInfo.InvariantCulture) >= 4);
        Assert.Equal("2", await Value("net.call(rand(1, 8)).shape[1]"));
        // The next training is not interrupted, and the next endless loop is.
        Assert.Equal("Finished", await Value("Trainer.Fit(net, batches, epochs: 2).Reason"));
        var endless = await Start("while (true) history = Trainer.Fit(net, batches, epochs: 1_000_000);");
        Session.Interrupt();
        Assert.Equal(CellStatus.Interrupted,
            (await endless.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public async Task An_interrupt_asks_a_function_s_loop_to_end_before_it_aborts_anything()
    {
        await Value("void Endless() { while (true) { } }");
        // An abort can't be caught so.
        var (running, output) = Begin(
            "try { Console.Write(\"started\"); Endless(); } catch (OperationCanceledException) { Console.Write(\" asked\"); }");
        await Task.WhenAny(output.Printed("started"), running);
        Assert.True(Session.Interrupt());
        Assert.Equal(CellStatus.Ok, (await running).Status); // the cell has dealt with it
        Assert.Equal("started asked", output.Out);
    }

    [Fact]
    public async Task Interrupts_work_again_and_again_also_those_that_had_to_abort()
    {
        string[] endless = ["while (true) { }", "for (;;) for (;;) ;",
            "Enumerable.Repeat(1L, int.MaxValue).Concat(Enumerable.Repeat(1L, int.MaxValue)).Count(x => x < 0);"];
        for (var i = 0; i < 6; i++)
        {
            var running = await Start(endless[i % 3]);
            Session.Interrupt();
            Assert.Equal(CellStatus.Interrupted,
                (await running.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).Status);
        }
        Assert.Equal("1", await Value("1"));
    }

    [Fact]
    public async Task Loops_keep_their_meaning_lines_and_columns()
    {
        Assert.Equal("0 1 2 | 3 | 6",
            await Value(
                "var text = \"\"; for (var i = 0; i < 3; i++) text += i + \" \"; foreach (var c in \"abc\") { if (c == 'b') "
                    + "continue; if (c == 'c') break; text += \"| 3 \"; }\nvar n = 0; do n++; while (n < 6); while (n > 6) ; "
                    + "text + \"| \" + n"));
        var (result, _) = await Run("for (var i = 0; i < 2; i++) for (var j = 0; j < 2; j++) undefined(i);");
        Assert.StartsWith("(1,57): error CS0103", result.Error!.Report[0], StringComparison.Ordinal);
        (result, _) = await Run("for (var i = 0; i < 2; i++)\n{\n    int.Parse(\"x\");\n}");
        Assert.Equal(3, result.Error!.Line);
    }

    [Fact]
    public async Task A_cell_s_own_cancellation_is_an_error_of_the_cell_and_no_interrupt()
    {
        var (result, _) = await Run("var own = new CancellationTokenSource(10); await Task.Delay(-1, own.Token);");
        Assert.Equal((CellStatus.Error, "TaskCanceledException"), (result.Status, result.Error!.Name));
    }

    [Fact]
    public async Task A_recursion_without_end_is_the_cells_error_and_its_report_is_short()
    {
        var (result, _) = await Run("int Deeper(int n) => Deeper(n + 1) + 1;\nDeeper(0)");
        Assert.Equal("InsufficientExecutionStackException", result.Error!.Name);
        Assert.Contains("calls itself without an end", result.Error.Report[1], StringComparison.Ordinal);
        Assert.InRange(result.Error.Report.Count, 5, 30);
        Assert.Equal("1", await Value("1"));
    }

    [Fact]
    public async Task A_native_exception_is_the_cells_error_and_the_session_lives()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows .NET makes it an exception by itself.");
        await Value("using static TorchSharp.torch;\nvar a = ones(2, 3);");
        for (var i = 0; i < 3; i++)
        {
            var (result, _) = await Run("var b = ones(4, 5);\na.matmul(b)");
            Assert.Equal("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", result.Error!.Message);
            Assert.Equal("20", await Value("b.numel()"));
            Assert.Equal("6", await Value("a.sum().item<float>()"));
        }
    }
}
