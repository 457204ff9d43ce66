namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Jupyter data folders in which this build's kernel is installed.</summary>
internal static class JupyterHome
{
    /// <summary>Installs the kernel in <paramref name="folder"/>, for those who have it as <c>JUPYTER_DATA_DIR</c>.</summary>
    public static void Create(string folder)
    {
        var spec = Directory.CreateDirectory(Path.Combine(folder, "kernels", KernelSpec.DefaultName)).FullName;
        File.WriteAllText(Path.Combine(spec, "kernel.json"), KernelSpec.Own().ToJson().ToJsonString());
    }

    /// <summary>Runs one of this project's scripts where Jupyter knows this build's kernel; fails with its output.</summary>
    public static void Run(Peer python, string script)
    {
        var home = Directory.CreateTempSubdirectory().FullName;
        Create(home);
        python.Run([Path.Combine(AppContext.BaseDirectory, script)], home,
            new Dictionary<string, string> { ["JUPYTER_DATA_DIR"] = home });
    }
}
