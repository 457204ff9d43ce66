using System.Runtime.InteropServices;

namespace DeepCourse.Notebooks.Engine;

/// <summary>The dotnet host that this process runs on.</summary>
public static class DotNetHost
{
    /// <summary>Its full path, because an editor started from a desktop may have another PATH; its name alone where it is not in
    /// its usual place.</summary>
    public static string Path
    {
        get
        {
            // …/dotnet/shared/Microsoft.NETCore.App/10.0.0/
            var host = System.IO.Path.GetFullPath(
                System.IO.Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..",
                    OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
            return File.Exists(host) ? host : "dotnet";
        }
    }
}
