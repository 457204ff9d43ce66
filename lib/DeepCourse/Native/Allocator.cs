using System.Runtime.InteropServices;

namespace DeepCourse.Native;

/// <summary>
/// glibc's memory allocator, told to keep what it has. By default it gives every large buffer back to the system and faults it in
/// again at the next step, which costs a small network up to half of its training time (measure it:
/// <c>tests/DeepCourse.Benchmarks -- native</c>).
/// </summary>
public static partial class Allocator
{
    /// <summary>The environment variable that leaves the allocator alone when it is "off" or "0".</summary>
    public const string Switch = "DEEPCOURSE_TUNE_ALLOCATOR";

    private const int TrimThreshold = -1, TopPad = -2, MmapMax = -4; // M_… of malloc.h

    /// <summary>Whether the allocator of this process was tuned: glibc, and not switched off.</summary>
    public static bool IsTuned { get; private set; }

    /// <summary>Tunes the allocator, once, before the first tensor. Other C libraries than glibc are left alone.</summary>
    internal static void Tune()
    {
        if (IsTuned || Environment.GetEnvironmentVariable(Switch)?.ToLowerInvariant() is "off" or "0" or "false"
            || !GnuLibC.IsPresent) return;
        IsTuned = SetOption(MmapMax, 0) == 1
            & SetOption(TrimThreshold, int.MaxValue) == 1
            & SetOption(TopPad, 64 << 20) == 1;
    }

    [LibraryImport(GnuLibC.Name, EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
