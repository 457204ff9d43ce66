namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Where Jupyter looks, by its own rules for each system; two of the three can only be simulated here.</summary>
public sealed class JupyterFoldersTests
{
    private static JupyterFolders On(string system, params (string Name, string Value)[] variables) =>
        new(name => variables.FirstOrDefault(v => v.Name == name).Value, "home", system);

    private static string Slashes(string path) => path.Replace('\\', '/');

    [Theory]
    [InlineData("linux", "home/.local/share/jupyter")]
    [InlineData("osx", "home/Library/Jupyter")]
    [InlineData("windows", "home/AppData/Roaming/jupyter")]
    public void The_user_s_data_lies_where_the_system_keeps_it(string system, string expected) =>
    Assert.Equal(expected, Slashes(On(system).UserData));

    [Theory]
    [InlineData("linux", "JUPYTER_DATA_DIR", "/d", "/d")]
    [InlineData("windows", "JUPYTER_DATA_DIR", "/d", "/d")]
    [InlineData("linux", "XDG_DATA_HOME", "/x", "/x/jupyter")]
    [InlineData("osx", "XDG_DATA_HOME", "/x", "home/Library/Jupyter")]
    [InlineData("windows", "APPDATA", "/a", "/a/jupyter")]
    [InlineData("linux", "JUPYTER_DATA_DIR", "", "home/.local/share/jupyter")]
    public void Environment_variables_are_honoured(string system, string name, string value, string expected) =>
    Assert.Equal(expected, Slashes(On(system, (name, value)).UserData));

    [Fact]
    public void JUPYTER_PATH_comes_first_and_the_system_last()
    {
        Assert.Equal(["/a/kernels", "/b/kernels", "home/.local/share/jupyter/kernels", "/usr/local/share/jupyter/kernels",
            "/usr/share/jupyter/kernels"],
            On("linux", ("JUPYTER_PATH", "/a:/b")).KernelFolders.Select(Slashes));
        Assert.Equal(["/a/kernels", "/b/kernels"],
            On("windows", ("JUPYTER_PATH", "/a;/b")).KernelFolders.Take(2).Select(Slashes));
    }
}
