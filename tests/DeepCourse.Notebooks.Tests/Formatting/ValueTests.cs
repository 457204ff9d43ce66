using System.Diagnostics;
using DeepCourse.Notebooks.Engine;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>What a cell shows of a value.</summary>
public sealed class ValueTests : SessionTest
{
    [Theory]
    [InlineData("record Point(int X, int Y); new Point(1, 2)", "Point\n  X: 1\n  Y: 2")]
    [InlineData("new[] { (A: 1, B: 2) }", "ValueTuple<Int32, Int32>[]\n  - ( 1, 2 )")]
    [InlineData("new { X = 1, Y = new[] { 1, 2 } }", "X: 1\nY: [ 1, 2 ]")]
    [InlineData("new List<List<int>> { new() { 1, 2 }, new() { 3 } }", "List<List<Int32>>\n  - [ 1, 2 ]\n  - [ 3 ]")]
    [InlineData("new Dictionary<string, int> { [\"a\"] = 1 }", "Dictionary<String, Int32>\n  a: 1")]
    [InlineData("new int[2, 3]", "Int32[2,3]\n  - [ 0, 0, 0 ]\n  - [ 0, 0, 0 ]")]
    [InlineData("Enumerable.Range(0, 100)",
        "[ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, … (80 more) ]")]
    [InlineData("IEnumerable<int> Two() { yield return 1; yield return 2; } Two()", "[ 1, 2 ]")]
    [InlineData("new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local)", "2026-01-02 03:04:05")]
    [InlineData("new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc)", "2026-01-02 03:04:05Z")]
    [InlineData("new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(3))", "2026-01-02 03:04:05 +03:00")]
    [InlineData("new System.Text.StringBuilder(\"abc\")", "abc")]
    [InlineData("1.5", "1.5")]
    [InlineData("(int?)null", "<null>")]
    [InlineData("Task.FromResult(3)", "Task<Int32>\n  Status: RanToCompletion\n  Result: 3")]
    [InlineData("class Own { public int X = 2; public override string ToString() => \"I am own\"; } new Own()", "I am own")]
    [InlineData("\"a,b,a\".Split(',').GroupBy(x => x)", "IEnumerable<IGrouping<String, String>>\n  - a: [ a, a ]\n  - b: [ b ]")]
    [InlineData("new DateOnly(2026, 1, 2)", "2026-01-02")]
    [InlineData("async IAsyncEnumerable<int> G() { await Task.Yield(); yield return 1; } G()",
        "IAsyncEnumerable<Int32>: its values come with await foreach")]
    [InlineData("display(1)", "(none)")]
    [InlineData("return 5;", "5")]
    [InlineData("if (1 + 1 == 2) return \"early\"; Console.WriteLine();", "early")]
    [InlineData("System.Text.Json.Nodes.JsonNode.Parse(\"[1]\")", "[\n  1\n]")]
    [InlineData("class Bad { public int A => 1; public int B => throw new Exception(\"no\"); } new Bad()",
        "Bad\n  A: 1\n  B: Exception: no")]
    [InlineData("using TorchSharp;\nnew { T = torch.ones(2), N = 3 }", "T: 2 float32 on cpu\n  [1, 1]\nN: 3")]
    public async Task Its_text_says_what_it_is(string code, string expected) => Assert.Equal(expected, await Value(code));

    [Theory]
    [InlineData("record Cycle(string Name) { public Cycle Next { get; set; } } var c = new Cycle(\"a\"); c.Next = c; c",
        "the same as above")]
    [InlineData("class Me { public Me I => this; } new Me()", "the same as above")]
    [InlineData("class Fresh { public Fresh Next => new(); } new Fresh()", "Fresh …")]
    [InlineData("class Self : IEnumerable<Self> { public IEnumerator<Self> GetEnumerator() { yield return new Self(); } "
        + "IEnumerator IEnumerable.GetEnumerator() => GetEnumerator(); } new Self()", "Self …")]
    [InlineData("class Node { public int V; public Node Next; } Node head = null; for (var i = 0; i < 100_000; i++) head = new "
        + "Node { V = i, Next = head }; head", "Node …")]
    [InlineData("record Link(int V, Link Next); Link last = null; for (var i = 0; i < 100_000; i++) last = new Link(i, "
        + "last); last", "Link …")]
    [InlineData("IEnumerable<int> Slow() { for (var i = 0; ; i++) { Thread.Sleep(300); yield return i; } } Slow()",
        "left out after 2 s")]
    [InlineData("class Wide { public object[] All = [.. Enumerable.Range(0, 20).Select(i => (object)new Wide2())]; } class Wide2 "
        + "{ public object[] All = [.. Enumerable.Range(0, 20).Select(i => (object)new Wide3())]; } class Wide3 { public "
        + "object[] All = new object[20]; public int A, B, C, D; } new Wide()", "left out after 2,000 values")]
    [InlineData("new Func<int>(() => 1)", "lambda")]
    [InlineData("System.Reflection.Assembly.GetExecutingAssembly()", "Cell-")]
    [InlineData("System.Threading.Thread.CurrentThread", "Thread")]
    [InlineData("new System.IO.MemoryStream()", "MemoryStream")]
    [InlineData("System.Globalization.CultureInfo.InvariantCulture", "")]
    [InlineData("async Task<string> Later() { await Task.Delay(60_000); return \"x\"; } Later()", "Status: WaitingForActivation")]
    public async Task What_would_never_end_is_cut_and_says_so(string code, string said)
    {
        var clock = Stopwatch.StartNew();
        Assert.Contains(said, await Value(code), StringComparison.Ordinal);
        TestContext.Current.SendDiagnosticMessage($"{clock.ElapsedMilliseconds} ms: {code[..Math.Min(40, code.Length)]}");
    }

    [Fact]
    public async Task A_sequence_is_gone_through_once_for_all_its_forms()
    {
        var (result, output) = await Run("IEnumerable<int> Told() { Console.Write(\"begun \"); yield return 1; } Told()");
        Assert.Equal("begun ", output.Out);
        Assert.Contains("text/html", result.Value!.Data.Keys);
    }

    [Fact]
    public async Task Formatters_of_the_user_s_and_of_types_come_first_and_survive_a_reset()
    {
        await Value(
            "using Microsoft.DotNet.Interactive.Formatting; class Dog { public string Name = \"Rex\"; } "
                + "Formatter.Register<Dog>(d => $\"<b>{d.Name}</b>\", \"text/html\"); Formatter.Register<Dog>(d => $\"dog "
                + "{d.Name}\", \"text/plain\");");
        Assert.Equal("dog Rex", await Value("new Dog()"));
        Assert.Equal("List<Dog>",
            (await Value("new List<Dog> { new() }")).Split('\n')[0]
                .Replace("[ dog Rex ]", "List<Dog>", StringComparison.Ordinal));
        var (result, _) = await Run("DeepCourse.Vision.Kernels.Sharpen");
        Assert.StartsWith("<figure", (string?)result.Value!.Data["text/html"], StringComparison.Ordinal);
        await Value("Formatter.ResetToDefault();");
        Assert.StartsWith("2 float32", await Value("TorchSharp.torch.ones(2)"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_are_tables_in_HTML_and_their_texts_can_t_become_markup()
    {
        var (result, _) = await Run("new[] { new { Name = \"<b>\", N = 1 }, new { Name = \"c\", N = 2 } }");
        var html = (string)result.Value!.Data["text/html"]!;
        Assert.Contains("<thead>", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        (result,
            _) = await Run(
                "var cycle = new Dictionary<string, object>(); cycle[\"me\"] = cycle; "
                    + "Microsoft.DotNet.Interactive.Formatting.PocketViewTags.div(cycle)");
        Assert.Contains("the same as above", (string?)result.Value!.Data["text/html"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Showing_can_be_stopped()
    {
        var (running, output) = Begin(
            "class Waits { public int X { get { Console.Write(\"started\"); Thread.Sleep(-1); return 1; } } }\nnew Waits()");
        await output.Printed("started");
        Assert.Equal(CellStatus.Interrupted, (await Stop(running)).Status);
        (running,
            output) = Begin("class Spins { public int X { get { Console.Write(\"started\"); while (true) { } } } }\nnew Spins()");
        await output.Printed("started");
        Assert.Equal(CellStatus.Interrupted, (await Stop(running)).Status);
    }
}
