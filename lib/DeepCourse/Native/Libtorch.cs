using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;
using TorchSharp;

namespace DeepCourse.Native;

/// <summary>
/// Makes libtorch load: on Linux systems whose C++ library is older than the one TorchSharp was built with, and from wherever its
/// files lie (an output folder, or the NuGet cache of a notebook engine). Nothing of a package is ever modified.
/// </summary>
/// <remarks>
/// TorchSharp's own native library asks for GLIBCXX_3.4.32 (GCC 13) for the sake of one symbol that nothing calls, and for 3.4.30
/// (GCC 12) for a function that has existed, unchanged, since 3.4.11. Where the system's loader refuses it for that reason, a
/// copy in the user's cache in which the first request is optional and the second one names the older version is loaded instead.
/// </remarks>
public static class Libtorch
{
    /// <summary>The version of the <c>libtorch-cpu-*</c> package that TorchSharp is built for.</summary>
    public const string PackageVersion = "2.10.0";

    private const string Name = "LibTorchSharp";
    private static readonly Lock Gate = new();
    private static nint s_handle;

    /// <summary>
    /// Loads libtorch now, rather than at the first tensor. Costs nothing when it is loaded already.
    /// </summary>
    /// <exception cref="PlatformNotSupportedException">It can't be loaded; the message says what is missing and how to get
    /// it.</exception>
    public static void Load()
    {
        Prepare();
        // The plain way first: where it works nothing else is done. Where it does not, the event below is raised.
        if (NativeLibrary.TryLoad(Name, typeof(torch).Assembly, null, out _)) return;
        lock (Gate)
            if (s_handle == 0 && !TryLoadFromFolders(out var problem)) throw new PlatformNotSupportedException(problem);
    }

    /// <summary>
    /// Runs before anything of this assembly does: the allocator has to be tuned before the first tensor, and the loader's event
    /// be listened to before TorchSharp is used (its own way out would copy 460 MB beside its assembly).
    /// </summary>
#pragma warning disable CA2255 // A library can't rely on its users to call this first: a notebook cell may start with a tensor.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Prepare()
    {
        lock (Gate)
        {
            if (s_prepared) return;
            s_prepared = true;
        }
        Allocator.Tune();
        Arithmetic.Apply();
        var context = AssemblyLoadContext.GetLoadContext(typeof(torch).Assembly) ?? AssemblyLoadContext.Default;
        context.ResolvingUnmanagedDll += Resolve;
    }

    private static bool s_prepared;

    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Name) return 0;
        lock (Gate)
        {
            if (s_handle == 0 && !TryLoadFromFolders(out var problem))
                Console.Error.WriteLine(problem); // TorchSharp swallows what is thrown here
            return s_handle;
        }
    }

    private static bool TryLoadFromFolders(out string problem)
    {
        problem = Platform.Current.Obstacle ?? "";
        if (problem.Length > 0) return false;

        var file = OperatingSystem.IsWindows()
            ? "LibTorchSharp.dll"
            : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib"
            : "libLibTorchSharp.so";
        var torchFile = OperatingSystem.IsWindows()
            ? "torch_cpu.dll"
            : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib"
            : "libtorch_cpu.so";
        var torchFolder = NativeFolders().FirstOrDefault(f => File.Exists(Path.Combine(f, torchFile)));
        var bridge = NativeFolders().Select(f => Path.Combine(f, file)).FirstOrDefault(File.Exists);
        string? error = null;
        if (torchFolder is not null && bridge is not null)
        {
            try
            {
                LoadDependencies(torchFolder);
                s_handle = OperatingSystem.IsLinux() ? LoadOnLinux(bridge) : NativeLibrary.Load(bridge);
                return true;
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or InvalidDataException or IOException
                or UnauthorizedAccessException)
            {
                error = e.Message.ReplaceLineEndings(" ");
            }
        }
        problem = Platform.Current.Explain(bridge is null ? null : torchFolder, error);
        return false;
    }

    /// <summary>
    /// The libraries that the bridge needs, each after what it needs itself. Once loaded they are found by name, wherever the
    /// bridge lies.
    /// </summary>
    private static void LoadDependencies(string folder)
    {
        string[] patterns = OperatingSystem.IsWindows()
            ? ["asmjit.dll", "libiomp5md.dll", "fbgemm.dll", "c10.dll", "torch_cpu.dll", "torch.dll"]
            : OperatingSystem.IsMacOS() ? ["libomp.dylib", "libc10.dylib", "libtorch_cpu.dylib", "libtorch.dylib"]
            : ["libgomp-*.so*", "libc10.so", "libtorch_cpu.so", "libtorch.so"];
        foreach (var path in patterns.SelectMany(p => Directory.EnumerateFiles(folder, p)))
            NativeLibrary.Load(path);
    }

    private static nint LoadOnLinux(string bridge)
    {
        if (NativeLibrary.TryLoad(bridge, out var handle)) return handle;
        var content = File.ReadAllBytes(bridge);
        // Named by content: another version of TorchSharp gets a file of its own, and a file that is there is whole.
        var folder = UserFolders.CreatePrivate(Path.Combine(UserFolders.Cache, "native"));
        var copy = Path.Combine(folder, $"libLibTorchSharp-{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}.so");
        AcceptOlderCxxLibrary(content);
        if (!File.Exists(copy) || !File.ReadAllBytes(copy).AsSpan().SequenceEqual(content))
            AtomicFile.Write(copy, content);
        return NativeLibrary.Load(copy);
    }

    /// <summary>Edits the bridge library's requests, see the class's remarks.</summary>
    internal static void AcceptOlderCxxLibrary(byte[] library)
    {
        var elf = new ElfVersions(library);
        elf.Weaken("GLIBCXX_3.4.32");
        if (elf.Rebind("_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE", "GLIBCXX_3.4.11"))
            elf.Weaken("GLIBCXX_3.4.30");
    }

    /// <summary>Where natives may lie: the host's own list, beside the assemblies, and the packages of the NuGet cache that holds
    /// TorchSharp.</summary>
    private static IEnumerable<string> NativeFolders()
    {
        var rid = Platform.Current.Rid ?? "";
        var declared = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var beside = Path.GetDirectoryName(typeof(torch).Assembly.Location) ?? "";
        var roots = declared.Append(beside).Append(AppContext.BaseDirectory).Where(f => f.Length > 0);
        foreach (var root in roots)
        {
            yield return root;
            yield return Path.Combine(root, "runtimes", rid, "native");
        }

        // …/packages/torchsharp/0.107.0/lib/net6.0/TorchSharp.dll
        var version =
            typeof(torch).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split(
                '+')[0];
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string?[] caches =
        [
            beside.Length > 0 ? Path.GetFullPath(Path.Combine(beside, "..", "..", "..", "..")) : null,
            Environment.GetEnvironmentVariable("NUGET_PACKAGES"),
            Path.Combine(home, ".nuget", "packages"),
        ];
        foreach (var cache in caches.OfType<string>().Where(c => c.Length > 0))
        {
            yield return Path.Combine(cache, $"libtorch-cpu-{rid}", PackageVersion, "runtimes", rid, "native");
            yield return Path.Combine(cache, "torchsharp", version ?? "", "runtimes", rid, "native");
        }
    }
}
