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
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Cli.dll"), "doctor"])
        { RedirectStandardOutput = true };
        start.Environment[Allocator.Switch] = "off";
        using var process = Process.Start(start)!;
        Assert.Contains("left alone", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_virtual_machine_libtorch_is_kept_to_AVX2_unless_somebody_chose_otherwise()
    {
        Assert.SkipUnless(Arithmetic.IsKeptToAvx2, "A real machine's AVX-512, or none.");
        static string Doctor(string? chosen)
        {
            var start = new ProcessStartInfo("dotnet",
                [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Cli.dll"), "doctor"])
            { RedirectStandardOutput = true };
            foreach (var name in Arithmetic.SafeEnvironment.Keys) start.Environment.Remove(name);
            if (chosen is not null) start.Environment["ATEN_CPU_CAPABILITY"] = chosen;
            using var process = Process.Start(start)!;
            return process.StandardOutput.ReadToEnd();
        }
        Assert.Contains("avx2 (AVX-512 is not trusted in a virtual machine)", Doctor(null), StringComparison.Ordinal);
        Assert.Contains("avx512 (", Doctor("avx512"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Processes_that_start_together_with_an_empty_cache_all_work()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux needs a copy.");
        var cache = Directory.CreateTempSubdirectory();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var start = new ProcessStartInfo("dotnet",
                [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Cli.dll"), "doctor"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true
            };
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
