namespace DeepCourse.Data;

/// <summary>Where the course's data lies.</summary>
public static class Datasets
{
    /// <summary>The environment variable that names the folder, for those who keep it elsewhere.</summary>
    public const string Variable = "DEEPCOURSE_DATASETS";

    /// <summary>
    /// The folder <c>datasets</c>: the one that <c>DEEPCOURSE_DATASETS</c> names, else the nearest one above the current folder,
    /// else above the library.
    /// </summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    public static string Folder
    {
        get
        {
            if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
                return Directory.Exists(named)
                    ? named
                    : throw new DirectoryNotFoundException($"{Variable} names {named}, which is no folder.");
            return Above(Directory.GetCurrentDirectory()) ?? Above(AppContext.BaseDirectory)
                ?? throw new DirectoryNotFoundException(
                $"The course's folder 'datasets' was not found above {Directory.GetCurrentDirectory()}. Open the notebook inside "
                    + $"the course's folder, or let the environment variable {Variable} name the folder.");
        }
    }

    /// <summary>The path of a file of the course's data, such as "photos/chelsea.png".</summary>
    /// <exception cref="FileNotFoundException">It is not there; the message says where it was looked for.</exception>
    public static string Find(string name)
    {
        var path = Path.Combine(Folder, Path.Combine(name.Split('/')));
        return File.Exists(path)
            ? path
            : throw new FileNotFoundException(
                $"The data set's file {path} is missing. It belongs to the course: restore it with 'git checkout -- datasets'.",
                path);
    }

    private static string? Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "datasets", "README.md"))) return Path.Combine(at.FullName, "datasets");
        return null;
    }
}
