using System.Diagnostics;
using System.Globalization;
using DeepCourse.Notebooks.Jupyter;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DeepCourse.Benchmarks;

/// <summary>How fast the code of cells runs, against the same text compiled as a program (Release, .NET's default settings). Each
/// text prints its own milliseconds.</summary>
internal static class CellCode
{
    private const string Usings = """
        using System;
        using System.Collections.Generic;
        using System.Diagnostics;
        using System.Linq;

        """;

    private static readonly (string Name, string Code)[] Texts =
    [
        ("a recursive function", """
            int Fib(int n) => n < 2 ? n : Fib(n - 1) + Fib(n - 2);
            var best = double.MaxValue;
            for (var run = 0; run < 8; run++)
            {
                var clock = Stopwatch.StartNew();
                Fib(34);
                best = Math.Min(best, clock.Elapsed.TotalMilliseconds);
            }
            Console.WriteLine(best);
            """),
        ("nested loops in a function", """
            double Product(double[,] a, double[,] b, double[,] c)
            {
                var n = a.GetLength(0);
                for (var i = 0; i < n; i++)
                    for (var j = 0; j < n; j++)
                    {
                        var sum = 0.0;
                        for (var k = 0; k < n; k++) sum += a[i, k] * b[k, j];
                        c[i, j] = sum;
                    }
                return c[n - 1, n - 1];
            }
            var (a, b, c) = (new double[300, 300], new double[300, 300], new double[300, 300]);
            var best = double.MaxValue;
            for (var run = 0; run < 8; run++)
            {
                var clock = Stopwatch.StartNew();
                Product(a, b, c);
                best = Math.Min(best, clock.Elapsed.TotalMilliseconds);
            }
            Console.WriteLine(best);
            """),
        ("a loop at the top level", """
            var clock = Stopwatch.StartNew();
            var sum = 0L;
            for (var i = 0; i < 300_000_000; i++) sum += i & 7;
            Console.WriteLine(clock.Elapsed.TotalMilliseconds);
            """),
        ("nested loops at the top level", """
            var clock = Stopwatch.StartNew();
            var sieve = new bool[20_000_000];
            var count = 0;
            for (var i = 2; i < sieve.Length; i++)
            {
                if (sieve[i]) continue;
                count++;
                for (var j = 2L * i; j < sieve.Length; j += i) sieve[j] = true;
            }
            Console.WriteLine(clock.Elapsed.TotalMilliseconds);
            """),
        ("a lambda in a sequence", """
            var best = double.MaxValue;
            for (var run = 0; run < 8; run++)
            {
                var clock = Stopwatch.StartNew();
                Enumerable.Range(0, 5_000_000).Where(x => x % 3 == 0).Select(x => (long)x * x).Count();
                best = Math.Min(best, clock.Elapsed.TotalMilliseconds);
            }
            Console.WriteLine(best);
            """),
        ("a list in a loop", """
            long Sum(List<int> list)
            {
                var sum = 0L;
                for (var turn = 0; turn < 20; turn++)
                    for (var i = 0; i < list.Count; i++) sum += list[i];
                return sum;
            }
            var list = Enumerable.Range(0, 1_000_000).ToList();
            var best = double.MaxValue;
            for (var run = 0; run < 8; run++)
            {
                var clock = Stopwatch.StartNew();
                Sum(list);
                best = Math.Min(best, clock.Elapsed.TotalMilliseconds);
            }
            Console.WriteLine(best);
            """),
    ];

    public static async Task CompareAsync(KernelSpec spec, int runs)
    {
        Console.WriteLine("  the code of cells, against the same text as a program:");
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var (name, code) in Texts)
        {
            var program = Compile(folder, Usings + code);
            var (cells, programs) = (new List<double>(), new List<double>());
            for (var i = 0; i < runs; i++)
            {
                programs.Add(RunProgram(program));
                cells.Add(await RunCellAsync(spec, Usings + code));
            }
            var (cell, plain) = (Median(cells), Median(programs));
            Console.WriteLine($"    {name,-30} {cell,8:0.0} ms   program {plain,8:0.0} ms   ratio {cell / plain:0.00}");
        }
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<double> RunCellAsync(KernelSpec spec, string code)
    {
        await using var kernel = await KernelProcess.StartAsync(spec, Path.GetTempPath());
        await kernel.ExecuteAsync("1", null, (_, _) => { });
        var text = "";
        await kernel.ExecuteAsync(code, null, (type, content) => text += type == "stream" ? (string?)content["text"] : "");
        return double.Parse(text, CultureInfo.InvariantCulture);
    }

    private static double RunProgram(string path)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [path]) { RedirectStandardOutput = true })!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return double.Parse(text, CultureInfo.InvariantCulture);
    }

    private static string Compile(string folder, string code)
    {
        var path = Path.Combine(folder, $"{Guid.NewGuid():N}.dll");
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p).StartsWith("System.", StringComparison.Ordinal))
            .Select(p => MetadataReference.CreateFromFile(p));
        var emitted = CSharpCompilation.Create(Path.GetFileNameWithoutExtension(path), [CSharpSyntaxTree.ParseText(code)],
            references,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release)).Emit(path);
        if (!emitted.Success) throw new InvalidOperationException(emitted.Diagnostics[0].ToString());
        File.WriteAllText(Path.ChangeExtension(path, ".runtimeconfig.json"),
            $$"""
            {
              "runtimeOptions": {
                "tfm": "net10.0",
                "framework": { "name": "Microsoft.NETCore.App", "version": "{{Environment.Version.Major}}.0.0" },
                "configProperties": { "System.Globalization.Invariant": true }
              }
            }
            """);
        return path;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
