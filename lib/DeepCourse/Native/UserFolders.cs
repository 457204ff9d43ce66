namespace DeepCourse.Native;

/// <summary>Where this user's computer keeps what programs can make again.</summary>
public static class UserFolders
{
    /// <summary>
    /// The folder for DeepCourse's caches: <c>$XDG_CACHE_HOME</c> or <c>~/.cache</c> on Linux, <c>~/Library/Caches</c> on macOS,
    /// <c>%LOCALAPPDATA%</c> on Windows, each with <c>deepcourse</c> below it. Not created by this property.
    /// </summary>
    public static string Cache
    {
        get
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            var root = OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : OperatingSystem.IsMacOS() ? Path.Combine(home, "Library", "Caches")
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg) ? xdg
                : Path.Combine(home, ".cache");
            return Path.Combine(root, "deepcourse");
        }
    }

    /// <summary>
    /// Creates <paramref name="folder"/> for this user alone, or, where that can't be written (a read-only home, a container
    /// without one), a new private temporary folder.
    /// </summary>
    public static string CreatePrivate(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Directory.CreateTempSubdirectory("deepcourse-").FullName;
        }
    }
}
