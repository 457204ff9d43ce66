using System.Runtime.InteropServices;

namespace DeepCourse.Native;

public sealed class PlatformTests
{
    [Fact]
    public void This_machine_has_no_obstacle() => Assert.Null(Platform.Current.Obstacle);

    [Theory]
    [InlineData("osx", Architecture.X64, true, null, "Intel processor")]
    [InlineData("linux", Architecture.Arm64, true, 32, "Linux on ARM64")]
    [InlineData("windows", Architecture.X86, true, null, "no libtorch package for windows on X86")]
    [InlineData("linux", Architecture.X64, false, 32, "musl")]
    [InlineData("linux", Architecture.X64, true, null, "apt-get install libstdc++6")]
    [InlineData("linux", Architecture.X64, true, 28, "GCC 11")]
    public void An_obstacle_names_what_is_missing_and_the_way_out(
    string system,
    Architecture processor,
    bool glibc,
    int? cxx,
    string expected) =>
        Assert.Contains(expected, new Platform(system, processor, glibc, cxx).Obstacle, StringComparison.Ordinal);

    [Theory]
    [InlineData("linux", Architecture.X64, 29, "linux-x64")]
    [InlineData("windows", Architecture.X64, null, "win-x64")]
    [InlineData("windows", Architecture.Arm64, null, "win-arm64")]
    [InlineData("osx", Architecture.Arm64, null, "osx-arm64")]
    public void Served_platforms_have_a_package_and_no_obstacle(string system, Architecture processor, int? cxx, string rid)
    {
        var platform = new Platform(system, processor, true, cxx);
        Assert.Equal(rid, platform.Rid);
        Assert.Null(platform.Obstacle);
        Assert.Contains($"dotnet add package libtorch-cpu-{rid}", platform.Explain(null, null), StringComparison.Ordinal);
        Assert.Contains(system == "windows" ? "winget install Microsoft.VCRedist" : "damaged",
            platform.Explain("folder", "error 126"), StringComparison.Ordinal);
    }
}
