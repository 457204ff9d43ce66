namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Where Jupyter and VS Code look for kernels, on each system, with the environment variables that they
/// honour.</summary>
/// <param name="GetVariable">Reads an environment variable.</param>
/// <param name="Home">The user's home folder.</param>
/// <param name="System">"linux", "osx" or "windows".</param>
internal sealed record JupyterFolders(Func<string, string?> GetVariable, string Home, string System)
{
    /// <summary>This machine and this user.</summary>
    public static JupyterFolders Current { get; } = new(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "osx" : "linux");

    /// <summary>The user's own Jupyter data.</summary>
    public string UserData => Named("JUPYTER_DATA_DIR") ?? System switch
    {
        // On Windows a kernel below ProgramData is hidden by VS Code as untrusted: install for the user.
        "windows" => Path.Combine(Named("APPDATA") ?? Path.Combine(Home, "AppData", "Roaming"), "jupyter"),
        "osx" => Path.Combine(Home, "Library", "Jupyter"),
        _ => Path.Combine(Named("XDG_DATA_HOME") ?? Path.Combine(Home, ".local", "share"), "jupyter"),
    };

    /// <summary>Where programs keep the data of this user that is not for others to read: the kernel's own copy goes
    /// there.</summary>
    public string ProgramData => Path.Combine(System switch
    {
        "windows" => Named("LOCALAPPDATA") ?? Path.Combine(Home, "AppData", "Local"),
        "osx" => Path.Combine(Home, "Library", "Application Support"),
        _ => Named("XDG_DATA_HOME") ?? Path.Combine(Home, ".local", "share"),
    }, "deepcourse");

    /// <summary>All folders that hold kernels, the first one winning where a name is in several.</summary>
    public IEnumerable<string> KernelFolders
    {
        get
        {
            var separator = System == "windows" ? ';' : ':';
            var path = (GetVariable("JUPYTER_PATH") ?? "").Split(separator, StringSplitOptions.RemoveEmptyEntries);
            string[] system = System == "windows"
                ? [Path.Combine(Named("PROGRAMDATA") ?? @"C:\ProgramData", "jupyter")]
                : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
            return path.Append(UserData).Concat(system).Select(f => Path.Combine(f, "kernels"));
        }
    }

    private string? Named(string variable) => GetVariable(variable) is { Length: > 0 } value ? value : null;
}
