namespace DeepCourse.Notebooks.Engine;

/// <summary>What is written into the compiled code of cells changes nothing of what the code does.</summary>
public sealed class InstrumentationTests : SessionTest
{
    [Theory]
    [InlineData("var s = \"\"; for (var i = 0; i < 3; i++) { try { if (i == 1) continue; s += i; } finally { s += \"f\"; } } s",
        "0ff2f")]
    [InlineData("var s = \"\"; try { for (var i = 0; ; i++) { s += i; if (i == 2) throw new Exception(\"x\"); } } catch "
        + "(Exception e) when (e.Message == \"x\") { while (s.Length < 6) s += \"c\"; } finally { do s += \"f\"; while (s.Length "
        + "< 8); } s", "012cccff")]
    [InlineData("var n = 0; while (true) { try { while (true) { try { if (++n % 3 == 0) break; if (n > 7) goto end; } catch { } "
        + "} } finally { n++; } } end: ; n", "9")]
    [InlineData("int Sum(params int[] xs) { var t = 0; foreach (var x in xs) { switch (x) { case 1: continue; case 2: t += 20; "
        + "break; default: t += x; break; } } return t; } Sum(1, 2, 3)", "23")]
    [InlineData("IEnumerable<int> Even() { for (var i = 0; i < 10; i++) { try { if (i % 2 == 0) yield return i; } finally { } } "
        + "} string.Join(\",\", Even())", "0,2,4,6,8")]
    [InlineData("async Task<int> Add() { var t = 0; for (var i = 0; i < 5; i++) { try { await Task.Yield(); t += i; } catch { "
        + "throw; } } return t; } await Add()", "10")]
    [InlineData("System.Linq.Expressions.Expression<Func<int, int>> e = x => x + 1; $\"{e} {e.Compile()(2)}\"", "x => (x + 1) 3")]
    [InlineData("Span<int> s = stackalloc int[3]; ", "(none)",
        "int Stack() { Span<int> s = stackalloc int[8]; for (var i = 0; i < s.Length; i++) s[i] = i; var t = 0; foreach (ref var "
            + "x in s) t += x; return t; } Console.Write(Stack());")]
    [InlineData("ref int Largest(int[] a) { ref var m = ref a[0]; for (var i = 1; i < a.Length; i++) if (a[i] > m) m = ref a[i]; "
        + "return ref m; } var a = new[] { 1, 5, 3 }; Largest(a) = 9; string.Join(\",\", a)", "1,9,3")]
    [InlineData("T Id<T>(T x) where T : struct { for (var i = 0; i < 2; i++) { } return x; } Id(3) + Id<long>(4)", "7")]
    [InlineData("struct Point { public int X; public Point(int x) { X = x; while (X < 5) X++; } public readonly int Twice() => 2 "
        + "* X; } new Point(1).Twice()", "10")]
    [InlineData("record R(int A, List<int> B); var r = new R(1, [2]); (r with { A = 3 }).A + (r == r with { } ? 10 : 0)", "13")]
    [InlineData("string Big(int n) { switch (n) { case 0: return \"a\"; case 1: return \"b\"; case 2: return \"c\"; case 3: goto "
        + "case 0; case 4: return \"e\"; case 5: return \"f\"; default: while (n > 5) n--; goto case 5; } } Big(3) + Big(9)",
        "af")]
    [InlineData("var q = from x in new[] { 3, 1, 2 } orderby x let y = x * x where y > 1 select y; string.Join(\",\", q)", "4,9")]
    [InlineData("unsafe int Walk() { var data = new[] { 1, 2, 3 }; var t = 0; fixed (int* p = data) for (var i = 0; i < 3; i++) "
        + "t += p[i]; return t; } Walk()", "6")]
    [InlineData("int Many(int n) { var t = 0L; while (n-- > 0) { if (n % 2 == 0) { t += n; } else if (n % 3 == 0) { t -= n; } "
        + "else if (n % 5 == 0) { t *= 2; } else { t ^= n; } if (t > 1_000_000) t %= 1000; } return (int)t; } Many(100)", null)]
    public async Task It_does_what_it_did(string code, string? expected, string? instead = null)
    {
        if (instead is not null)
        {
            var (_, output) = await Run(instead);
            Assert.Equal("28", output.Out);
            return;
        }
        var value = await Value(code);
        if (expected is not null) Assert.Equal(expected, value);
        else Assert.Equal(Many(100).ToString(System.Globalization.CultureInfo.InvariantCulture), value);
    }

    private static int Many(int n)
    {
        var t = 0L;
        while (n-- > 0)
        {
            if (n % 2 == 0) t += n;
            else if (n % 3 == 0) t -= n;
            else if (n % 5 == 0) t *= 2;
            else t ^= n;
            if (t > 1_000_000) t %= 1000;
        }
        return (int)t;
    }

    [Fact]
    public async Task Lines_in_stack_traces_stay_right()
    {
        var (result, _) = await Run(
            "void Fail(int n)\n{\n    for (var i = 0; i < n; i++)\n    {\n        try { if (i == 3) throw new "
                + "InvalidOperationException(\"three\"); }\n        finally { while (n < 0) { } }\n    }\n}\nFail(2);\nFail(5);");
        Assert.Equal(
        [
            "InvalidOperationException: three",
            "   at cell [1], line 5, in Fail: try { if (i == 3) throw new InvalidOperationException(\"three\"); }",
            "   at cell [1], line 10: Fail(5);",
        ], result.Error!.Report);
        (result, _) = await Run("Func<int, int> f = x =>\n{\n    while (x > 0) x--;\n    return 1 / x;\n};\nf(3)");
        Assert.Equal("   at cell [2], line 4, in a lambda: return 1 / x;", result.Error!.Report[1]);
        // The runtime's own account of it has the same lines.
        Assert.Contains("line 4", await Value("try { f(3); return \"\"; } catch (Exception e) { return e.ToString(); }"),
            StringComparison.Ordinal);
    }
}
