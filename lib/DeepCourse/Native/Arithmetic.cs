using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace DeepCourse.Native;

/// <summary>
/// Some virtual machines compute AVX-512 instructions wrongly, without any error: a convolution run twice on the same input differs, and training
/// ends in NaN at a random step. So a machine is tested, not trusted: the check is made once per machine and boot, its verdict kept in the
/// user's cache, and where it fails libtorch is kept to AVX2.
/// </summary>
public static class Arithmetic
{
    /// <summary>How often the convolution is repeated: a fault that shows in 3 tries of 10 hides from sixty with a probability below 1e-9.</summary>
    public const int Tries = 60;

    /// <summary>The environment that keeps libtorch, oneDNN and .NET itself to AVX2.</summary>
    public static IReadOnlyDictionary<string, string> SafeEnvironment { get; } = new Dictionary<string, string>
    {
        ["ONEDNN_MAX_CPU_ISA"] = "AVX2",
        ["ATEN_CPU_CAPABILITY"] = "avx2",
        ["DOTNET_EnableAVX512"] = "0",
        ["DOTNET_EnableAVX512F"] = "0", // its name before .NET 10
    };

    /// <summary>What is known of this machine; <see cref="ArithmeticVerdict.Unknown"/> until <see cref="Check"/> was made since it booted.</summary>
    public static ArithmeticVerdict Verdict => !HasAvx512 ? ArithmeticVerdict.Right : ReadVerdict();

    /// <summary>The one line for people when libtorch is kept to AVX2; null when all is well.</summary>
    public static string? Notice => Verdict == ArithmeticVerdict.Wrong
        ? "This processor (or the virtual machine around it) computes AVX-512 wrongly; libtorch is kept to AVX2, about a tenth slower and right."
        : null;

    private static bool HasAvx512 => Avx512F.IsSupported || Environment.GetEnvironmentVariable("DOTNET_EnableAVX512") == "0";

    /// <summary>
    /// Runs a 3×3 convolution of 24 channels on a 128×24×14×14 batch <see cref="Tries"/> times on all threads, compares every result with the
    /// first one, and keeps the verdict. About 0.7 s. For a process of its own: in this one libtorch has chosen its instructions for good.
    /// </summary>
    /// <returns>How many of the tries differed or were not finite; 0 on a machine that can be trusted.</returns>
    public static int Check()
    {
        Libtorch.Load();
        var wrong = CountWrong(Tries);
        WriteVerdict(wrong == 0 ? ArithmeticVerdict.Right : ArithmeticVerdict.Wrong);
        return wrong;
    }

    /// <summary>
    /// Makes sure that the machine was checked, by running <paramref name="check"/> (a command that calls <see cref="Check"/>) where it was not, and
    /// keeps this process and all that it starts to AVX2 where that is needed. Call it before the first tensor.
    /// </summary>
    public static void Ensure(Func<ProcessStartInfo> check)
    {
        if (Verdict == ArithmeticVerdict.Unknown)
        {
            var start = check();
            start.RedirectStandardOutput = start.RedirectStandardError = true;
            using var process = Process.Start(start);
            process?.StandardError.ReadToEndAsync();
            process?.StandardOutput.ReadToEnd();
            process?.WaitForExit();
        }
        ApplyVerdict();
    }

    /// <summary>Keeps this process and its children to AVX2 if the kept verdict asks for it and nobody chose otherwise.</summary>
    internal static void ApplyVerdict()
    {
        if (Verdict != ArithmeticVerdict.Wrong) return;
        foreach (var (name, value) in SafeEnvironment)
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
                NativeEnvironment.Set(name, value);
    }

    /// <summary>Repeats the convolution with <paramref name="channels"/> channels and counts results that differ from the first or are not finite.</summary>
    internal static int CountWrong(int tries, int channels = 24, int batch = 128, int size = 14)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(1);
        var input = randn([batch, channels, size, size], generator: generator);
        var weight = randn([channels, channels, 3, 3], generator: generator);
        var first = nn.functional.conv2d(input, weight, padding: [1L, 1L]);
        var wrong = first.isfinite().all().item<bool>() ? 0 : 1;
        for (var i = 1; i < tries; i++)
        {
            using var step = NewDisposeScope();
            var again = nn.functional.conv2d(input, weight, padding: [1L, 1L]);
            if (!again.eq(first).all().item<bool>()) wrong++; // NaN equals nothing
        }
        return wrong;
    }

    // ---- the verdict of this machine, since it booted, for this libtorch ----

    private static string VerdictFile => Path.Combine(UserFolders.Cache, "arithmetic", $"{MachineKey()}.txt");

    private static ArithmeticVerdict ReadVerdict()
    {
        try
        {
            return Enum.TryParse<ArithmeticVerdict>(File.ReadAllText(VerdictFile).Trim(), out var verdict) ? verdict : ArithmeticVerdict.Unknown;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ArithmeticVerdict.Unknown;
        }
    }

    private static void WriteVerdict(ArithmeticVerdict verdict)
    {
        try
        {
            UserFolders.CreatePrivate(Path.GetDirectoryName(VerdictFile)!);
            UserFolders.WriteAtomically(VerdictFile, Encoding.ASCII.GetBytes($"{verdict}\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No home to write to: the check is made again next time.
        }
    }

    private static string MachineKey()
    {
        var facts = $"{ProcessorName()}|{BootId()}|{Libtorch.PackageVersion}|{Environment.ProcessorCount}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts)))[..16];
    }

    private static string ProcessorName()
    {
        if (OperatingSystem.IsLinux() && File.Exists("/proc/cpuinfo"))
            return string.Join('|', File.ReadLines("/proc/cpuinfo").TakeWhile(l => l.Length > 0)
                .Where(l => l.StartsWith("model", StringComparison.Ordinal) || l.StartsWith("stepping", StringComparison.Ordinal)));
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    // A virtual machine may wake up on another host: what was right before the last boot proves nothing now.
    private static string BootId() => OperatingSystem.IsLinux() && File.Exists("/proc/sys/kernel/random/boot_id")
        ? File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim()
        : (DateTime.UtcNow - TimeSpan.FromMilliseconds(Environment.TickCount64)).ToString("yyyy-MM-dd-HH");
}
