using System.Diagnostics;
using static TorchSharp.torch;

namespace DeepCourse.Native;

public sealed class LibtorchTests
{
    [Fact]
    public void Libtorch_loads_here_and_computes()
    {
        Libtorch.Load();
        using var sum = ones(2, 3).sum();
        Assert.Equal(6, sum.item<float>());
    }

    [Fact]
    public void A_thousand_convolutions_with_odd_channels_give_the_same_numbers_each_time() =>
        Assert.Equal(0, new[] { 3, 7, 24, 29 }.Sum(channels => Arithmetic.CountWrong(250, channels, batch: 16)));

    [Fact]
    public void The_allocator_is_tuned_on_glibc_and_left_alone_when_switched_off()
    {
        Assert.Equal(OperatingSystem.IsLinux() && GnuLibC.IsPresent, Allocator.IsTuned);
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Cli.dll"), "doctor"]) { RedirectStandardOutput = true };
        start.Environment[Allocator.Switch] = "off";
        using var process = Process.Start(start)!;
        Assert.Contains("left alone", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_whose_verdict_is_wrong_is_kept_to_AVX2_and_told_so()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.Runtime.Intrinsics.X86.Avx512F.IsSupported, "Only AVX-512 is checked, and only on Linux can the cache be put elsewhere.");
        var cache = Directory.CreateTempSubdirectory();
        string Doctor(params string[] more)
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Cli.dll"), "doctor", .. more]) { RedirectStandardOutput = true };
            start.Environment["XDG_CACHE_HOME"] = cache.FullName;
            using var process = Process.Start(start)!;
            return process.StandardOutput.ReadToEnd();
        }

        Doctor("--arithmetic");
        var verdict = Assert.Single(cache.EnumerateFiles("*.txt", SearchOption.AllDirectories));
        File.WriteAllText(verdict.FullName, "Wrong\n");
        Assert.Contains("kept to AVX2", Doctor(), StringComparison.Ordinal);
        cache.Delete(recursive: true);
    }

    [Fact]
    public async Task Processes_that_start_together_with_an_empty_cache_all_work()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux needs a copy.");
        var cache = Directory.CreateTempSubdirectory();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Cli.dll"), "doctor", "--arithmetic"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["XDG_CACHE_HOME"] = cache.FullName;
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, output);
        }));
        Assert.All(outcomes, o => Assert.True(o.ExitCode == 0, o.output));
        Assert.DoesNotContain(cache.EnumerateFiles("*", SearchOption.AllDirectories), f => f.Extension == ".tmp");
        cache.Delete(recursive: true);
    }

    [Fact]
    public void Nothing_is_written_beside_the_package_s_files() =>
        Assert.Empty(Directory.EnumerateDirectories(Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location)!, "cpu"));
}
