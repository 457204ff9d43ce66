using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace DeepCourse.Native;

/// <summary>
/// Some virtual machines lose AVX-512's registers, now and then and without any error: a convolution run twice on the same input
/// differs, training ends in NaN at a random step, or a wrong mask writes beside the array and the process ends. No short test
/// finds it: on one such machine it came about once a second, in bursts, and half of the tests of three seconds saw nothing. So
/// inside a virtual machine libtorch is kept to AVX2 (a tenth to a quarter slower there), unless somebody who measured it
/// (<c>doctor --arithmetic</c>) says otherwise.
/// </summary>
public static class Arithmetic
{
    /// <summary>The environment that keeps libtorch, oneDNN and .NET itself to AVX2.</summary>
    public static IReadOnlyDictionary<string, string> SafeEnvironment { get; } = new Dictionary<string, string>
    {
        ["ONEDNN_MAX_CPU_ISA"] = VirtualMachine.HidesCaches ? "AVX" : "AVX2",
        ["ATEN_CPU_CAPABILITY"] = "avx2",
        ["DOTNET_EnableAVX512"] = "0",
        ["DOTNET_EnableAVX512F"] = "0", // its name before .NET 10
    };

    /// <summary>Whether libtorch is kept to AVX2 here: in a virtual machine whose processor has AVX-512, or hides its caches
    /// (then oneDNN is kept to AVX).</summary>
    public static bool IsKeptToAvx2 => VirtualMachine.HidesCaches || (HasAvx512 && VirtualMachine.IsAroundUs);

    /// <summary>The one line for people when libtorch is kept to AVX2; null otherwise.</summary>
    public static string? Notice => IsKeptToAvx2
        ? "This is a virtual machine: its AVX-512 is not trusted, libtorch is kept to older instructions (environment.md says "
            + "why, and how to change it)."
        : null;

    private static bool HasAvx512 => Avx512F.IsSupported || Environment.GetEnvironmentVariable("DOTNET_EnableAVX512") == "0";

    /// <summary>Keeps this process and its children to AVX2 where that is needed and nobody chose otherwise. Before the first
    /// tensor.</summary>
    internal static void Apply()
    {
        if (!IsKeptToAvx2) return;
        foreach (var (name, value) in SafeEnvironment)
            if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
                NativeEnvironment.Set(name, value);
    }

    /// <summary>
    /// Repeats a 3×3 convolution on all threads and counts results that differ from the first or are not finite.
    /// </summary>
    /// <param name="tries">How often.</param>
    /// <param name="channels">Channels in and out; numbers that are no multiple of 16 need AVX-512's masks, which are what gets
    /// lost.</param>
    /// <param name="batch">Images in the batch.</param>
    /// <param name="size">Their height and width.</param>
    /// <returns>0 where the processor can be trusted.</returns>
    public static int CountWrong(int tries, int channels = 24, int batch = 8, int size = 14)
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
}
