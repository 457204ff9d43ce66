using System.Runtime.InteropServices;

namespace DeepCourse.Native;

/// <summary>
/// Environment variables as native code sees them: <see cref="Environment.SetEnvironmentVariable(string, string)"/> changes only
/// .NET's own copy on Unix.
/// </summary>
internal static partial class NativeEnvironment
{
    public static void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value); // for child processes
        if (OperatingSystem.IsWindows()) _ = PutInWindowsRuntime(name, value);
        else _ = SetInLibC(name, value, 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetInLibC(string name, string value, int overwrite);

    [LibraryImport("ucrtbase", EntryPoint = "_putenv_s", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PutInWindowsRuntime(string name, string value);
}
