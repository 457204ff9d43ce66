using System.Runtime.Intrinsics.X86;

namespace DeepCourse.Native;

/// <summary>Whether this system runs on a real machine or inside a virtual one, asked of the processor itself (x86's
/// CPUID).</summary>
internal static class VirtualMachine
{
    private const int Hypervisor = 0x4000_0000, HyperVFeatures = 0x4000_0003;

    /// <summary>Whether there is a hypervisor between this system and the processor; false on processors other than
    /// x86.</summary>
    public static bool IsAroundUs { get; } = X86Base.IsSupported && IsVirtual(leaf => X86Base.CpuId(leaf, 0));

    /// <summary>
    /// Whether the processor says nothing of its caches, as in some virtual machines. On one of them oneDNN's newer kernels (AVX2
    /// and up) divided by zero where they choose their blocks for the gradient of a 1×1 convolution, which ended the process
    /// (SIGFPE); by the caches' sizes, we think.
    /// </summary>
    public static bool HidesCaches { get; } = X86Base.IsSupported && IsSilentOnCaches(X86Base.CpuId);

    /// <summary>The same, of what <paramref name="cpuId"/> answers: Intel's leaf 4 and AMD's 8000001D have a type in the lowest
    /// five bits, 0 for none.</summary>
    internal static bool IsSilentOnCaches(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> cpuId) =>
        (cpuId(4, 0).Eax & 31) == 0 && (cpuId(unchecked((int)0x8000_001D), 0).Eax & 31) == 0;

    /// <summary>
    /// <see cref="IsAroundUs"/>, of what <paramref name="cpuId"/> answers. Windows itself runs on Hyper-V on many laptops (memory
    /// integrity), but as the root, on the real processor: that is no virtual machine.
    /// </summary>
    internal static bool IsVirtual(Func<int, (int Eax, int Ebx, int Ecx, int Edx)> cpuId)
    {
        if (cpuId(1).Ecx >= 0) return false; // the highest bit
        var (_, b, c, d) = cpuId(Hypervisor);
        var isHyperV = (b, c, d) == (0x7263694D, 0x666F736F, 0x76482074); // "Microsoft Hv"
        var mayCreatePartitions = isHyperV && (cpuId(HyperVFeatures).Ebx & 1) != 0;
        return !mayCreatePartitions;
    }
}
