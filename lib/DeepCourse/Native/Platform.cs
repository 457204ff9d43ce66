using System.Runtime.InteropServices;

namespace DeepCourse.Native;

/// <summary>What decides whether libtorch can run here: the system, its processor and, on Linux, its C and C++
/// libraries.</summary>
/// <param name="System">"linux", "osx" or "windows".</param>
/// <param name="Processor">The processor's architecture, as the operating system names it.</param>
/// <param name="HasGnuLibC">Linux: whether the C library is glibc.</param>
/// <param name="NewestCxxVersion">Linux: the newest GLIBCXX_3.4.N that libstdc++ offers, as N; null when there is no
/// libstdc++.</param>
internal sealed record Platform(string System, Architecture Processor, bool HasGnuLibC = true, int? NewestCxxVersion = null)
{
    /// <summary>libstdc++ of GCC 11: what the older libraries of libtorch are built for.</summary>
    public const int OldestCxxVersion = 29;

    public static Platform Current { get; } = new(
        OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "osx" : "linux",
        RuntimeInformation.OSArchitecture,
        !OperatingSystem.IsLinux() || GnuLibC.IsPresent,
        OperatingSystem.IsLinux() ? StandardCxxLibrary.NewestVersion : null);

    /// <summary>The runtime identifier of libtorch's package, such as "linux-x64"; null where there is none.</summary>
    public string? Rid => (System, Processor) switch
    {
        ("linux", Architecture.X64) => "linux-x64",
        ("windows", Architecture.X64) => "win-x64",
        ("windows", Architecture.Arm64) => "win-arm64",
        ("osx", Architecture.Arm64) => "osx-arm64",
        _ => null,
    };

    /// <summary>Why libtorch can't be loaded on this platform and what to do about it, or null when nothing is known to stand in
    /// the way.</summary>
    public string? Obstacle => this switch
    {
        { System: "osx", Processor: Architecture.X64 } =>
            "There is no libtorch for Macs with an Intel processor any more (TorchSharp ended it with 0.102). "
            + "Use a Mac with Apple Silicon, or open the course in a Linux container or virtual machine on this one.",
        { System: "linux", Processor: Architecture.Arm64 } =>
            "There is no libtorch package for Linux on ARM64. Use Linux on x64, Windows on ARM64 or macOS on Apple Silicon; "
            + "on an ARM64 machine, an x64 container under emulation works too, slowly.",
        { Rid: null } =>
            $"There is no libtorch package for {System} on {Processor}. The course runs on Windows (x64, ARM64), Linux (x64) and "
                + "macOS (Apple Silicon).",
        { System: "linux", HasGnuLibC: false } =>
            "libtorch needs the GNU C library, and this Linux has another one (Alpine has musl). "
            + "Use a distribution with glibc, such as Debian, Ubuntu or Fedora; for containers, the image "
            + "mcr.microsoft.com/dotnet/sdk:10.0.",
        { System: "linux", NewestCxxVersion: null } =>
            "libtorch needs the C++ library libstdc++.so.6, which is not installed. Install it: "
            + "'sudo apt-get install libstdc++6' (Debian, Ubuntu) or 'sudo dnf install libstdc++' (Fedora, RHEL).",
        { System: "linux", NewestCxxVersion: < OldestCxxVersion } =>
            $"libtorch needs libstdc++ of GCC 11 or newer (GLIBCXX_3.4.{OldestCxxVersion}); this system's ends at "
                + $"GLIBCXX_3.4.{NewestCxxVersion}. "
            + "Use Debian 12, Ubuntu 22.04, RHEL 9 or anything newer.",
        _ => null,
    };

    /// <summary>What to say when the platform is right and the library still could not be loaded.</summary>
    /// <param name="folder">Where libtorch was found; null when nowhere.</param>
    /// <param name="error">The system loader's own words.</param>
    public string Explain(string? folder, string? error)
    {
        if (Obstacle is { } obstacle) return obstacle;
        if (folder is null)
            return $"The native library libtorch for {Rid} was not found beside the program or in the NuGet cache. "
                + $"Add it to the project: dotnet add package libtorch-cpu-{Rid} --version {Libtorch.PackageVersion}";
        var hint = System == "windows"
            ? " On Windows this usually means that the Visual C++ runtime is missing: winget install "
                + $"Microsoft.VCRedist.2015+.{(Processor == Architecture.Arm64 ? "arm64" : "x64")}"
            : " If files there are damaged, delete that folder and restore again.";
        return $"libtorch is in {folder} but could not be loaded: {error ?? "the system gave no reason"}.{hint}";
    }
}
