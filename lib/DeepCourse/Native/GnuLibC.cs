using System.Runtime.InteropServices;

namespace DeepCourse.Native;

/// <summary>The C library of most Linux systems. Alpine's is another one (musl), which has neither this file name nor these
/// functions.</summary>
internal static class GnuLibC
{
    public const string Name = "libc.so.6";

    public static bool IsPresent { get; } = OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad(Name, out var library)
        && NativeLibrary.TryGetExport(library, "gnu_get_libc_version", out _);
}
