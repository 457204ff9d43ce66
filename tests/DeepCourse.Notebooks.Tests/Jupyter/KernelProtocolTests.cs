using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NetMQ;
using NetMQ.Sockets;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>The kernel's side of the messaging specification, message by message, over real sockets.</summary>
public sealed class KernelProtocolTests : IAsyncLifetime
{
    private RawKernel _kernel = null!;

    public async ValueTask InitializeAsync() => _kernel = await RawKernel.StartAsync();

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    private static string[] Types(IEnumerable<Message> messages) => [.. messages.Select(m => m.Type)];

    private static string Text(IEnumerable<Message> messages, string stream = "stdout") =>
        string.Concat(messages.Where(m => m.Type == "stream" && (string?)m.Content["name"] == stream)
            .Select(m => (string?)m.Content["text"]));

    [Fact]
    public async Task An_execution_is_busy_input_outputs_result_idle_and_its_messages_name_their_parent()
    {
        var (reply, outputs) = await _kernel.Run("Console.WriteLine(\"a\"); display(1); Console.Error.WriteLine(\"b\"); 2");
        Assert.Equal(["status", "execute_input", "stream", "display_data", "stream", "execute_result", "status"], Types(outputs));
        Assert.Equal(("busy", "idle"),
            ((string?)outputs[0].Content["execution_state"], (string?)outputs[^1].Content["execution_state"]));
        Assert.Equal(("ok", 1), ((string?)reply["status"], (int?)reply["execution_count"]));
        Assert.Single(outputs.Select(o => o.ParentId).Distinct());
        Assert.All(outputs, o => Assert.Equal("5.4", (string?)o.Header["version"]));
    }

    [Fact]
    public async Task Kernel_info_says_what_this_is()
    {
        var info = await _kernel.Ask("kernel_info_request", []);
        Assert.Equal("14.0", (string?)info["language_info"]!["version"]);
        Assert.Equal(("ok", "5.4", "C#", ".cs"),
            ((string?)info["status"], (string?)info["protocol_version"], (string?)info["language_info"]!["name"],
                (string?)info["language_info"]!["file_extension"]));
        Assert.NotEmpty((JsonArray)info["help_links"]!);
    }

    [Fact]
    public async Task A_silent_cell_shows_nothing_and_does_not_count_and_expressions_are_evaluated()
    {
        var (reply, outputs) = await _kernel.Run("var x = 5; x", ("silent", true));
        Assert.Equal(["status", "status"], Types(outputs));
        Assert.Equal(0, (int?)reply["execution_count"]);
        (reply, _) = await _kernel.Run("x + 1", ("user_expressions", new JsonObject { ["good"] = "x * 2", ["bad"] = "nope" }));
        Assert.Equal(1, (int?)reply["execution_count"]);
        Assert.Equal("10", (string?)reply["user_expressions"]!["good"]!["data"]!["text/plain"]);
        Assert.Equal("error", (string?)reply["user_expressions"]!["bad"]!["status"]);
        Assert.Equal("6", await _kernel.Value("x + 1"));
    }

    [Fact]
    public async Task After_an_error_what_waits_is_aborted_and_what_comes_later_runs()
    {
        // The cell ends only when the requests behind it have been sent: it waits for a file that this test writes.
        var gate = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}");
        var wait = $"Console.WriteLine(\"started\"); while (!System.IO.File.Exists(@\"{gate}\")) Thread.Sleep(10); "
            + "Thread.Sleep(500); throw new Exception(\"x\");";
        var failing = await _kernel.Start(wait);
        var waiting = Enumerable.Range(0, 3).Select(i => _kernel.Run($"Console.WriteLine({i})")).ToList();
        File.WriteAllText(gate, "");
        var (reply, outputs) = await failing;
        Assert.Equal("error", (string?)reply["status"]);
        Assert.Single(outputs, o => o.Type == "error");
        foreach (var task in waiting)
        {
            var (aborted, shown) = await task;
            Assert.Equal("aborted", (string?)aborted["status"]);
            Assert.Equal(["status", "status"], Types(shown));
        }
        Assert.Equal("7", await _kernel.Value("7"));

        File.Delete(gate);
        failing = _kernel.Run(wait, ("stop_on_error", false));
        var next = _kernel.Run("8");
        File.WriteAllText(gate, "");
        await failing;
        Assert.Equal("ok", (string?)(await next).Reply["status"]);
        File.Delete(gate);
    }

    [Fact]
    public async Task Completion_knows_variables_members_keywords_and_counts_code_points()
    {
        await _kernel.Run(
            "using DeepCourse.Vision;\nvar picture = DeepCourse.Vision.Kernels.Sharpen; int counter = 3; void Helper() { }");
        async Task<JsonObject> Complete(string code) =>
            await _kernel.Ask("complete_request",
                new JsonObject { ["code"] = code, ["cursor_pos"] = code.EnumerateRunes().Count() });
        static (string, string)[] Found(JsonObject reply) =>
            [.. ((JsonArray)reply["metadata"]!["_jupyter_types_experimental"]!)
                .Select(t => ((string)t!["text"]!, (string)t["type"]!))];

        var reply = await Complete("picture.Rot");
        Assert.Equal([("Rotate180", "function")], Found(reply));
        Assert.Equal((8, 11), ((int?)reply["cursor_start"], (int?)reply["cursor_end"]));
        Assert.Contains(("counter", "field"),
            Found(await Complete("1 + coun")).Select(f => (f.Item1, f.Item2 == "variable" ? "field" : f.Item2)));
        Assert.Contains(("Helper", "function"), Found(await Complete("Help")));
        Assert.Contains(("foreach", "keyword"), Found(await Complete("fore")));
        Assert.Contains(Found(await Complete("Kernels.")), f => f is ("SobelVertical", "property"));

        // Two emoji are two code points and four UTF-16 units.
        reply = await Complete("var s = \"😀😀\"; picture.Row");
        Assert.Equal("Rows", (string?)((JsonArray)reply["matches"]!)[0]);
        Assert.Equal(22, (int?)reply["cursor_start"]);
        Assert.Equal(((JsonArray)reply["matches"]!).Count, Found(reply).Length);
    }

    [Fact]
    public async Task A_cell_that_threw_keeps_its_names_also_for_completion()
    {
        await _kernel.Run("var survivor = 1; throw new Exception();");
        var reply = await _kernel.Ask("complete_request", new JsonObject { ["code"] = "surv", ["cursor_pos"] = 4 });
        Assert.Contains("survivor", ((JsonArray)reply["matches"]!).Select(m => (string?)m));
    }

    [Fact]
    public async Task Inspection_gives_signature_and_documentation_and_helps_inside_a_call()
    {
        await _kernel.Run("using DeepCourse.Vision;");
        async Task<string> Inspect(string code) =>
            (string?)(await _kernel.Ask("inspect_request",
                new JsonObject { ["code"] = code, ["cursor_pos"] = code.Length, ["detail_level"] = 0 }))["data"]!["text/plain"]
                ?? "";
        var help = await Inspect("Convolution.OutputSize");
        Assert.Contains("int Convolution.OutputSize(int input, int kernel", help, StringComparison.Ordinal);
        Assert.Contains("How many places a window finds along one side", help, StringComparison.Ordinal);
        Assert.Contains("← kernel", await Inspect("Convolution.OutputSize(5, "), StringComparison.Ordinal);
        Assert.Contains("Reads the next line of characters", await Inspect("Console.ReadLine"), StringComparison.Ordinal);
        Assert.Contains("Returns the absolute value", await Inspect("Math.Abs"), StringComparison.Ordinal);
        Assert.Contains("Projects each element of a sequence", await Inspect("new[] { 1 }.Select"), StringComparison.Ordinal);
        Assert.False(
            (bool?)(await _kernel.Ask("inspect_request", new JsonObject { ["code"] = "  ", ["cursor_pos"] = 1 }))["found"]);
    }

    [Fact]
    public async Task Console_ReadLine_asks_the_user_and_an_interrupt_ends_the_question()
    {
        var asked = new List<(string?, bool?)>();
        _kernel.Client.Input = content =>
        {
            asked.Add(((string?)content["prompt"], (bool?)content["password"]));
            return asked.Count <= 3 ? $"answer {asked.Count}" : null;
        };
        Assert.Equal("answer 1", await _kernel.Value("Console.ReadLine()"));
        Assert.Equal("answer 2", await _kernel.Value("input(\"name? \")"));
        Assert.Equal("answer 3", await _kernel.Value("password()"));
        Assert.Equal([("", false), ("name? ", false), ("Password: ", true)], asked);

        var unanswered = await _kernel.Start("var before = 1; Console.WriteLine(\"started\"); Console.ReadLine();");
        await _kernel.Ask("interrupt_request", [], Channel.Control);
        Assert.Equal("Interrupted", (string?)(await unanswered).Reply["ename"]);
        Assert.Equal("1", await _kernel.Value("before"));

        var (reply, _) = await _kernel.Run("Console.ReadLine()", ("allow_stdin", false));
        Assert.Contains("can't ask for input", (string?)reply["evalue"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_requests_and_comms_are_answered_politely()
    {
        var seen = new List<Message>();
        var open = _kernel.Client.SendAsync(Channel.Shell, "comm_open",
            new JsonObject { ["comm_id"] = "c", ["target_name"] = "jupyter.widget", ["data"] = new JsonObject() }, seen.Add);
        _ = _kernel.Client.SendAsync(Channel.Shell, "debug_nonsense_request", [], seen.Add);
        for (var i = 0; i < 100 && seen.Count(m => m.Type == "status") < 4; i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal("c", (string?)seen.Find(m => m.Type == "comm_close")!.Content["comm_id"]);
        Assert.Equal(4, seen.Count(m => m.Type == "status"));
        Assert.False(open.IsCompleted);
        Assert.Equal("ok", (string?)(await _kernel.Ask("comm_info_request", []))["status"]);
        Assert.Equal("error", (string?)(await _kernel.Ask("complete_request", new JsonObject { ["code"] = 5 }))["status"]);
        Assert.Equal("error", (string?)(await _kernel.Run("x", ("silent", "maybe"))).Reply["status"]);
        Assert.Equal("3", await _kernel.Value("3"));
    }

    [Fact]
    public async Task Nonsense_on_every_socket_does_not_end_the_kernel()
    {
        var random = new Random(7);
        var connection = _kernel.Connection;
        foreach (var port in new[] { connection.ShellPort, connection.ControlPort, connection.StdinPort, connection.IopubPort })
        {
            using var socket = new DealerSocket(connection.Address(port).Replace("tcp", ">tcp", StringComparison.Ordinal));
            for (var i = 0; i < 200; i++)
            {
                var frames = new NetMQMessage();
                if (random.Next(2) == 0) frames.Append("<IDS|MSG>");
                for (var f = random.Next(1, 9); f > 0; f--)
                {
                    var bytes = new byte[random.Next(60)];
                    random.NextBytes(bytes);
                    frames.Append(bytes);
                }
                socket.SendMultipartMessage(frames);
            }
        }
        // Bytes that are no ZeroMQ at all, and connections that are cut.
        foreach (var port in new[] { connection.ShellPort, connection.IopubPort, connection.HeartbeatPort })
        {
            using var client = new System.Net.Sockets.TcpClient(connection.Ip, port);
            var bytes = new byte[500];
            random.NextBytes(bytes);
            client.GetStream().Write(bytes);
        }
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal("3", await _kernel.Value("1 + 2"));
        Assert.DoesNotContain(_kernel.Errors, e => e.Contains(connection.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_flood_of_lines_arrives_whole_in_order_and_in_few_messages()
    {
        const int lines = 300_000;
        var (_, outputs) = await _kernel.Run($"for (var i = 0; i < {lines}; i++) Console.WriteLine(i);");
        var text = Text(outputs);
        Assert.Equal(string.Concat(Enumerable.Range(0, lines).Select(i => $"{i}\n")), text);
        Assert.InRange(outputs.Count, 10, 400);
    }

    [Fact]
    public async Task Emoji_survive_wherever_a_message_ends()
    {
        var (_, outputs) = await _kernel.Run(
            "for (var i = 0; i < 40000; i++) { Console.Write('\\ud83d'); Console.Write('\\ude00'); }");
        Assert.Equal(string.Concat(Enumerable.Repeat("😀", 40000)), Text(outputs));
    }

    [Fact]
    public async Task The_heartbeat_beats_while_a_cell_runs_and_an_interrupt_overtakes_it()
    {
        var running = await _kernel.Start("Console.WriteLine(\"started\"); while (true) { }");
        using var beat = new RequestSocket(">" + _kernel.Connection.Address(_kernel.Connection.HeartbeatPort));
        beat.SendFrame("ping");
        Assert.True(beat.TryReceiveFrameString(TimeSpan.FromSeconds(5), out var echo));
        Assert.Equal("ping", echo);
        await _kernel.Ask("interrupt_request", [], Channel.Control);
        Assert.Equal("error", (string?)(await running).Reply["status"]);
    }

    [Fact]
    public async Task An_interrupt_before_the_engine_has_started_stops_the_cell_that_waits()
    {
        var waiting = _kernel.Run("while (true) { }");
        await _kernel.Ask("interrupt_request", [], Channel.Control);
        Assert.Equal("error", (string?)(await waiting).Reply["status"]);
        Assert.Equal("2", await _kernel.Value("2"));
    }

    [Fact]
    public async Task Every_interrupt_signal_works_on_Unix()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT; interrupts come as messages.");
        var running = await _kernel.Start("var z = 4; Console.WriteLine(\"started\"); while (true) { }");
        Assert.Equal(0, SendSignal(_kernel.Process.Id, 2)); // SIGINT; not every Linux has the program 'kill'
        Assert.Equal("Interrupted", (string?)(await running).Reply["ename"]);
        Assert.Equal("4", await _kernel.Value("z"));
    }

    [Fact]
    public async Task An_interrupt_signal_works_also_for_what_a_shell_has_started_in_its_background()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT; interrupts come as messages.");
        await using var kernel = await RawKernel.StartAsync(null, "", "/bin/sh", "-c", "trap '' INT; exec \"$0\" \"$@\"");
        var running = await kernel.Start("Console.WriteLine(\"started\"); while (true) { }");
        Assert.Equal(0, SendSignal(kernel.Process.Id, 2));
        Assert.Equal("Interrupted", (string?)(await running).Reply["ename"]);
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);

    [Fact]
    public async Task A_shutdown_is_answered_before_the_process_ends_also_while_a_cell_runs()
    {
        _ = await _kernel.Start("while (true) { Console.WriteLine(\"started\"); }");
        Assert.Equal("ok",
            (string?)(await _kernel.Client.SendAsync(Channel.Control, "shutdown_request", new JsonObject { ["restart"] = true })
                .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).Content["status"]);
        await _kernel.Process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(0, _kernel.Process.ExitCode);
    }

    [Fact]
    public void Whoever_subscribes_is_welcomed()
    {
        using var subscriber = new SubscriberSocket();
        subscriber.Connect(_kernel.Connection.Address(_kernel.Connection.IopubPort));
        subscriber.Subscribe("kernel.");
        var frames = new NetMQMessage();
        Assert.True(subscriber.TryReceiveMultipartMessage(TimeSpan.FromSeconds(10), ref frames));
        var welcome = new MessageCodec(_kernel.Connection.Key).TryDecode([.. frames.Select(f => f.ToByteArray())], out _);
        Assert.Equal(("iopub_welcome", "kernel."), (welcome!.Type, (string?)welcome.Content["subscription"]));
    }

    [Fact]
    public async Task Directives_do_what_they_say_and_other_languages_are_refused_in_words()
    {
        await _kernel.Run("int alpha = 7; string beta = \"b\";");
        Assert.Contains("alpha\tbeta", Text((await _kernel.Run("#!who")).Outputs), StringComparison.Ordinal);
        Assert.Matches(@"alpha +Int32 +7", Text((await _kernel.Run("#!whos")).Outputs));
        Assert.Matches(@"Wall time: \d+ ms", Text((await _kernel.Run("#!time\nThread.Sleep(5);")).Outputs));
        Assert.Equal("8", await _kernel.Value("#!csharp\nalpha + 1"));
        var (reply, _) = await _kernel.Run("#!fsharp\nlet x = 1");
        Assert.Contains("runs C# and no other language", (string?)reply["evalue"], StringComparison.Ordinal);
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "more.csx");
        File.WriteAllText(file, "int Loaded() => 99;");
        Assert.Equal("99", await _kernel.Value($"#load \"{file.Replace('\\', '/')}\"\nLoaded()"));
        (reply, _) = await _kernel.Run("Math.Sqrt?");
        Assert.Contains("double Math.Sqrt(double d)", (string?)reply["payload"]![0]!["data"]!["text/plain"],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Existing_notebooks_find_the_formatting_API_they_were_written_for()
    {
        var (_, outputs) = await _kernel.Run("""
            using Microsoft.DotNet.Interactive.Formatting;
            using static Microsoft.DotNet.Interactive.Formatting.PocketViewTags;
            record Dog(string Name, int Age);
            Formatter.Register<Dog>(d => $"<b>{d.Name}</b>", "text/html");
            Formatter.SetPreferredMimeTypesFor(typeof(Dog), "text/html");
            new Dog("Rex", 3)
            """);
        Assert.Equal("<b>Rex</b>", (string?)outputs.Find(o => o.Type == "execute_result")!.Content["data"]!["text/html"]);
        (_, outputs) = await _kernel.Run(
            "new[] { (A: 1, B: 2) }.DisplayTable(); display(b(\"bold\")); \"<i>x</i>\".DisplayAs(\"text/html\");");
        Assert.All(outputs.Where(o => o.Type == "display_data"), o => Assert.NotNull(o.Content["data"]!["text/html"]));
        Assert.Equal(3, outputs.Count(o => o.Type == "display_data"));
        (_, outputs) = await _kernel.Run("display((LaTeXString)@\"$a_1$\"); (MathString)@\"\\frac12\"");
        Assert.Equal(["$a_1$", "$$\\frac12$$"],
            outputs.Where(o => o.Type is "display_data" or "execute_result")
                .Select(o => (string?)o.Content["data"]!["text/latex"]));
    }

    [Fact]
    public async Task A_package_is_restored_once_loaded_once_and_a_second_version_is_refused()
    {
        var feed = LocalFeed.Create(("Greetings", "1.0.0", "hello"), ("Greetings", "2.0.0", "hello again"),
            ("Farewells", "1.5.0", "bye"), ("Late", "1.0.0", "late"), ("Early", "1.0.0-beta", "early"),
            ("Middle", "1.1.0", "one"), ("Middle", "2.0.0", "two"));
        var cache = Directory.CreateTempSubdirectory().FullName;
        await _kernel.Run(
            $"Environment.SetEnvironmentVariable(\"NUGET_PACKAGES\", @\"{cache}\"); "
                + $"Environment.SetEnvironmentVariable(\"XDG_CACHE_HOME\", @\"{cache}\");");
        var (reply, outputs) = await _kernel.Run($"#i \"nuget: {feed}\"\n#r \"nuget: Greetings, 1.0.0\"\nGreetings.Word.Text");
        Assert.True((string?)reply["status"] == "ok", reply.ToJsonString());
        Assert.Equal("hello", (string?)outputs.Find(o => o.Type == "execute_result")!.Content["data"]!["text/plain"]);
        Assert.Equal("Restored Greetings 1.0.0",
            (string?)outputs.FindLast(o => o.Type == "update_display_data")!.Content["data"]!["text/plain"]);

        Assert.Equal("bye", await _kernel.Value("#r \"nuget: Farewells\"\nFarewells.Word.Text"));
        (reply, _) = await _kernel.Run("#r \"nuget: Greetings, 2.0.0\"");
        Assert.Contains("Restart the kernel", (string?)reply["evalue"], StringComparison.Ordinal);
        Assert.Equal("hello", await _kernel.Value("Greetings.Word.Text"));
        (reply, _) = await _kernel.Run("1;\n#r \"nuget: No.Such.Package.At.All, 1.0.0\"");
        Assert.Contains("could not be restored", (string?)reply["evalue"], StringComparison.Ordinal);
        Assert.Contains("NU1101", (string?)reply["evalue"], StringComparison.Ordinal);

        Assert.Equal("one", await _kernel.Value("#r \"nuget: Middle, 1.*\"\nMiddle.Word.Text"));
        (reply, _) = await _kernel.Run("#r \"nuget: Early\"");
        Assert.Contains("could not be restored", (string?)reply["evalue"], StringComparison.Ordinal);
        Assert.Equal("early", await _kernel.Value("#r \"nuget: Early, *-*\"\nEarly.Word.Text"));

        // A feed that is gone does not keep what another one has.
        Assert.Equal("late",
            await _kernel.Value("#i \"nuget: https://127.0.0.1:1/index.json\"\n#r \"nuget: Late\"\nLate.Word.Text"));
    }

    [Theory]
    [InlineData("using var x = new MemoryStream();", "can't hold 'using var'")]
    [InlineData("int device = 1;\nclass Net { public int D => device; }", "can't see the variables of cells")]
    [InlineData("namespace A { }", "can't declare a namespace")]
    [InlineData("public static class E { public static int Twice(this int x) => 2 * x; }", "can't declare extension methods")]
    [InlineData("Span<int> s = new int[3];", "can't be a variable of a cell")]
    public async Task What_scripts_can_t_do_is_said_in_words(string code, string hint)
    {
        var (reply, _) = await _kernel.Run(code);
        Assert.Contains(((JsonArray)reply["traceback"]!).Select(l => (string?)l),
            l => l!.Contains(hint, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_type_defined_again_and_libtorch_s_shapes_get_help()
    {
        await _kernel.Run("class Net { } var net = new Net();");
        await _kernel.Run("class Net { }");
        var (reply, _) = await _kernel.Run("net = new Net();");
        Assert.Contains(((JsonArray)reply["traceback"]!).Select(l => (string?)l),
            l => l!.Contains("was defined again", StringComparison.Ordinal));
        if (OperatingSystem.IsWindows()) return;
        (reply, _) = await _kernel.Run("using static TorchSharp.torch;\nvar l = nn.Linear(10, 3);\nl.call(ones(2, 7))");
        Assert.Contains(((JsonArray)reply["traceback"]!).Select(l => (string?)l),
            l => l!.Contains("last dimension (7) must be the layer's number of inputs (10)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ones(2, 3).matmul(ones(4, 5))")]
    [InlineData("autograd.grad([ones(2)], [ones(2)])")]
    [InlineData("ones(2).cummax(7)")]
    [InlineData("ones(2).cummin(7)")]
    [InlineData("var layer = nn.Linear(2, 3); layer.weight = null;")]
    [InlineData("var g = new Generator(1); g.set_state(ones(3));")]
    [InlineData("((Scalar)1000).ToSByte()")]
    [InlineData("set_num_threads(0)")]
    [InlineData("jit.load(\"no-such-file.pt\")")]
    [InlineData("zeros(-1)")]
    [InlineData("ones(2, 3) + ones(4, 5)")]
    [InlineData("nn.Conv2d(3, 8, 3).call(ones(1, 1, 28, 28))")]
    [InlineData("ones(2).reshape(3)")]
    [InlineData("ones(2).to(CUDA)")]
    public async Task No_call_of_a_student_s_ends_the_process(string call)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "On Windows .NET makes it an exception by itself.");
        await _kernel.Run("using TorchSharp; using static TorchSharp.torch; var kept = ones(3);");
        var (reply, _) = await _kernel.Run(call);
        Assert.True((string?)reply["status"] == "error", reply.ToJsonString());
        Assert.Equal("3", await _kernel.Value("kept.sum().item<float>()"));
    }
}
