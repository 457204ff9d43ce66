using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// A C++ exception that leaves a native function ends a .NET process on Linux and macOS, and
/// <c>torch.ones(2,3).matmul(torch.ones(4,5))</c> throws one. In the kernel, a handler of std::terminate reads its message,
/// reports it as the cell's error and parks the thread for ever. Only in a kernel process: a library has no business doing that
/// to its host. On Windows .NET makes it an SEHException by itself.
/// </summary>
internal static unsafe class NativeFailures
{
    private static Action<string>? s_report;

    private static delegate* unmanaged<nint*, void> s_currentException;
    private static delegate* unmanaged<nint> s_exceptionType;
    private static nint s_standardException;

    /// <summary>Installs the handler; <paramref name="report"/> is called on the thread that failed, which then never runs
    /// again.</summary>
    public static void Install(Action<string> report)
    {
        s_report = report;
        if (OperatingSystem.IsWindows() || s_currentException != null) return;
        string[] libraries = OperatingSystem.IsMacOS()
            ? ["/usr/lib/libc++.1.dylib", "/usr/lib/libc++abi.dylib"]
            : ["libstdc++.so.6"];
        if (Find(libraries, "_ZSt13set_terminatePFvvE") is not (var setTerminate and not 0)
            || Find(libraries, "_ZSt17current_exceptionv") is not (var currentException and not 0)) return;
        s_exceptionType = (delegate* unmanaged<nint>)Find(libraries, "__cxa_current_exception_type");
        s_standardException = Find(libraries, "_ZTISt9exception");
        s_currentException = (delegate* unmanaged<nint*, void>)currentException;
        RuntimeHelpers.PrepareMethod(
            typeof(NativeFailures).GetMethod(nameof(OnTerminate),
                System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MethodHandle);
        ((delegate* unmanaged<delegate* unmanaged<void>, nint>)setTerminate)(&OnTerminate);
    }

    /// <summary>
    /// Runs on the thread that failed, and never returns. The runtime's own abort of a thread ends here too, when it hits some of
    /// its helpers (seen: inside a regular expression; it throws a C++ exception that nothing catches). The abort is still
    /// pending then, and has to be taken back.
    /// </summary>
    [UnmanagedCallersOnly]
    private static void OnTerminate()
    {
        var reported = false;
        while (true)
            try
            {
                if (!reported) s_report?.Invoke(ReadMessage());
                reported = true;
                Thread.Sleep(Timeout.Infinite);
            }
            catch (ThreadAbortException)
            {
                ResetAbort?.Invoke();
            }
            catch (Exception)
            {
                // A nudge of an interrupt; or a report that failed: there is nowhere to throw to.
                reported = true;
            }
    }

    private static readonly Action? ResetAbort = typeof(System.Runtime.ControlledExecution)
        .GetMethod("ResetAbortThread",
        System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)?.CreateDelegate<Action>();

    private static string ReadMessage()
    {
        const string unknown = "A native library failed without saying why.";
        nint thrown = 0;
        s_currentException(&thrown); // an exception_ptr is one pointer, to the object that was thrown
        if (thrown == 0 || s_exceptionType == null || s_standardException == 0) return unknown;
        var type = s_exceptionType();
        if (type == 0) return unknown;

        // typeid(std::exception).__do_catch(type of the thrown object, &object, 1): is it one of them, and where in it does that
        // part begin? It is the fifth virtual function in libstdc++ and in libc++abi.
        var doCatch = (delegate* unmanaged<nint, nint, nint*, uint, byte>)(*(nint**)s_standardException)[4];
        if (doCatch(s_standardException, type, &thrown, 1) == 0) return unknown;
        var what = (delegate* unmanaged<nint, byte*>)(*(nint**)thrown)[2];
        return Marshal.PtrToStringUTF8((nint)what(thrown)) ?? unknown;
    }

    private static nint Find(string[] libraries, string symbol)
    {
        foreach (var name in libraries)
            if (NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, symbol, out var address))
                return address;
        return 0;
    }
}
