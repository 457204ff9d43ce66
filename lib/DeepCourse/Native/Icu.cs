using System.Runtime.InteropServices;

namespace DeepCourse.Native;

/// <summary>
/// ICU, the library that knows the world's languages. With it .NET has cultures by name, compares texts as people do, and
/// normalizes them; without it .NET does not start, unless it is told to do without cultures.
/// </summary>
public static class Icu
{
    /// <summary>The environment variable that tells .NET: "1" for no cultures, "0" for those of ICU.</summary>
    public const string Switch = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT";

    private const int Oldest = 50, Newest = 120;

    private static readonly Lazy<bool> Found = new(Find);

    /// <summary>Whether .NET would find it here. Windows and macOS bring it along.</summary>
    public static bool IsInstalled => Found.Value;

    /// <summary>Whether this process has cultures.</summary>
    public static bool IsUsed => !AppContext.TryGetSwitch("System.Globalization.Invariant", out var isInvariant) || !isInvariant
        || Environment.GetEnvironmentVariable(Switch) is "0" or "false";

    private static bool Find()
    {
        if (!OperatingSystem.IsLinux()) return true;
        for (var version = Newest; version >= Oldest; version--)
        {
            if (!NativeLibrary.TryLoad($"libicuuc.so.{version}", out var common)) continue;
            NativeLibrary.Free(common);
            if (!NativeLibrary.TryLoad($"libicui18n.so.{version}", out var international)) continue;
            NativeLibrary.Free(international);
            return true;
        }
        return false;
    }
}
