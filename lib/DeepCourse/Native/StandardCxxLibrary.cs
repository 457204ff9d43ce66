using System.Runtime.InteropServices;

namespace DeepCourse.Native;

/// <summary>The C++ library of a Linux system, and which symbol versions it offers.</summary>
internal static class StandardCxxLibrary
{
    /// <summary>The largest N for which libstdc++ has a symbol first offered with GLIBCXX_3.4.N; null without
    /// libstdc++.</summary>
    /// <remarks>
    /// Asked by name of a symbol that came with each version, which is what the loader will do. GCC 11 is 29, GCC 12 is 30, GCC
    /// 13 is 32.
    /// </remarks>
    public static int? NewestVersion
    {
        get
        {
            if (!NativeLibrary.TryLoad("libstdc++.so.6", out var library)) return null;
            return Landmarks.Where(l => NativeLibrary.TryGetExport(library, l.Symbol, out _))
                .Select(l => l.Version)
                .DefaultIfEmpty(0)
                .Max();
        }
    }

    private static readonly (int Version, string Symbol)[] Landmarks =
    [
        (32, "_ZSt21ios_base_library_initv"),
        (30, "_ZSt21__glibcxx_assert_failPKciS0_S0_"),
        (29, "_ZSt10from_charsPKcS0_RdSt12chars_format"),
        (28, "_ZNSt3pmr20null_memory_resourceEv"),
    ];
}
