namespace DeepCourse.Notebooks.Jupyter;

/// <summary>A Jupyter data folder of its own, in which this build's kernel is installed.</summary>
internal static class JupyterHome
{
    public static string Create()
    {
        var home = Directory.CreateTempSubdirectory().FullName;
        var folder = Directory.CreateDirectory(Path.Combine(home, "kernels", KernelSpec.DefaultName)).FullName;
        File.WriteAllText(Path.Combine(folder, "kernel.json"), KernelSpec.Own().ToJson().ToJsonString());
        return home;
    }
}
