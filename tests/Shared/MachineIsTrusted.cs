using System.Diagnostics;
using System.Runtime.CompilerServices;
using DeepCourse.Native;

namespace DeepCourse;

/// <summary>Every test run begins with the check of the machine's arithmetic, before the first tensor.</summary>
internal static class MachineIsTrusted
{
    [ModuleInitializer]
    internal static void Check() => Arithmetic.Ensure(() =>
        new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Cli.dll"), "doctor", "--arithmetic"]));
}
