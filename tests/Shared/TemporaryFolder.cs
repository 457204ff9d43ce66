using System.Runtime.CompilerServices;

namespace DeepCourse;

/// <summary>What the tests and the processes they start write to the temporary folder lies in one folder, which goes with the
/// tests.</summary>
internal static class TemporaryFolder
{
    [ModuleInitializer]
    internal static void Use()
    {
        var folder = Directory.CreateTempSubdirectory("tests-");
        foreach (var name in (string[])["TMPDIR", "TMP", "TEMP"]) Environment.SetEnvironmentVariable(name, folder.FullName);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            // An assembly that is loaded can't be deleted on Windows, and a process may still be writing.
            try { folder.Delete(recursive: true); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException) { }
        };
    }
}
