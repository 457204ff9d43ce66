using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DeepCourse.Vision;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>
/// The kernel where Jupyter and VS Code find it: a <c>kernel.json</c> per name, and the program's own copy beside the user's
/// data, so that cleaning or moving the course's folder does not break it.
/// </summary>
public static class KernelInstallation
{
    /// <summary>The name that notebooks written for .NET Interactive ask for.</summary>
    public const string Alias = ".net-csharp";

    private const string OwnMark = "deepcourse";

    /// <summary>A kernel that Jupyter and VS Code know.</summary>
    /// <param name="Name">Its name in notebooks.</param>
    /// <param name="DisplayName">Its name for people.</param>
    /// <param name="Folder">The folder that holds its kernel.json.</param>
    /// <param name="IsOurs">Whether this program installed it.</param>
    public sealed record Installed(string Name, string DisplayName, string Folder, bool IsOurs);

    /// <summary>Where the program's copies go: for this user, or below <paramref name="prefix"/>.</summary>
    public static string ProgramFolder(string? prefix) =>
        Path.Combine(prefix is null ? JupyterFolders.Current.ProgramData : Path.Combine(prefix, "share", "deepcourse"), "kernel");

    /// <summary>Writes the kernel.json of a kernel run by the program in <paramref name="program"/>.</summary>
    /// <param name="program">The folder that holds DeepCourse.Cli.dll.</param>
    /// <param name="name">The name in notebooks: letters, digits, '-', '_' and '.'.</param>
    /// <param name="prefix">Install below this folder (its share/jupyter) rather than for the user.</param>
    /// <param name="replace">Whether a kernel of that name that is not ours may be replaced.</param>
    /// <param name="alias">Whether to take <see cref="Alias"/> as well, when nobody holds it.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="InvalidDataException">The name can't be used, or is another kernel's.</exception>
    public static IReadOnlyList<Installed> Install(string program, string name, string? prefix, bool replace, bool alias)
    {
        CheckName(name);
        var kernels = KernelsFolder(prefix);
        if (Find(name).FirstOrDefault(k => !k.IsOurs) is { } other && !replace)
            throw new InvalidDataException(
                $"The kernel name '{name}' is taken by {other.DisplayName} ({other.Folder}). Choose another --name, or replace "
                    + "it with --replace.");
        var written = new List<Installed> { Write(kernels, name, program) };
        if (alias && name != Alias && Find(Alias).All(k => k.IsOurs)) written.Add(Write(kernels, Alias, program));
        return written;
    }

    /// <summary>Removes a kernel of ours, its alias and the program's copy. Returns the folders that are gone.</summary>
    /// <exception cref="InvalidDataException">There is none of that name, or it is not ours.</exception>
    public static IReadOnlyList<string> Uninstall(string name, string? prefix)
    {
        CheckName(name);
        var found = List()
            .Where(k => k.Name == name
                && (prefix is null || k.Folder.StartsWith(Path.GetFullPath(prefix), StringComparison.Ordinal)))
            .ToList();
        if (found.Count == 0)
            throw new InvalidDataException(
                $"There is no kernel '{name}'. These are installed: {string.Join(", ", List().Select(k => k.Name).Distinct())}.");
        if (found.Find(k => !k.IsOurs) is { } other)
            throw new InvalidDataException(
                $"The kernel '{name}' in {other.Folder} was not installed by this program; it is left alone.");

        var kernels = Path.GetDirectoryName(found[0].Folder)!;
        var gone = found.Where(k => Path.GetDirectoryName(k.Folder) == kernels).Select(k => k.Folder).ToList();
        var rest = List().Where(k => k.IsOurs && Path.GetDirectoryName(k.Folder) == kernels && !gone.Contains(k.Folder)).ToList();
        if (rest is [{ Name: Alias }]) gone.Add(rest[0].Folder); // it only follows the other
        if (rest.All(k => gone.Contains(k.Folder)) && Directory.Exists(ProgramFolder(prefix))) gone.Add(ProgramFolder(prefix));
        foreach (var folder in gone) Directory.Delete(folder, recursive: true);
        return gone;
    }

    /// <summary>All kernels that Jupyter and VS Code find, in their order.</summary>
    public static IReadOnlyList<Installed> List() =>
    [
        .. JupyterFolders.Current.KernelFolders.Where(Directory.Exists)
            .SelectMany(Directory.EnumerateDirectories)
            .Select(Read)
            .OfType<Installed>(),
    ];

    private static IEnumerable<Installed> Find(string name) =>
        List().Where(k => string.Equals(k.Name, name, StringComparison.OrdinalIgnoreCase));

    private static string KernelsFolder(string? prefix) =>
        Path.Combine(prefix is null
            ? JupyterFolders.Current.UserData
            : Path.Combine(Path.GetFullPath(prefix), "share", "jupyter"), "kernels");

    private static Installed Write(string kernels, string name, string program)
    {
        var spec = KernelSpec.Own(program);
        var json = spec.ToJson();
        json["metadata"]![OwnMark] = true;
        var folder = Path.Combine(kernels, name);
        Directory.CreateDirectory(folder);
        Logo(32).Save(Path.Combine(folder, "logo-32x32.png"));
        Logo(64).Save(Path.Combine(folder, "logo-64x64.png"));
        // The specification last: with it the kernel is there.
        File.WriteAllText(Path.Combine(folder, "kernel.json"),
            json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }), new UTF8Encoding(false));
        return new Installed(name, spec.DisplayName, folder, true);
    }

    private static Installed? Read(string folder)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "kernel.json")));
            return new Installed(Path.GetFileName(folder), (string?)json?["display_name"] ?? "", folder,
                (bool?)json?["metadata"]?[OwnMark] ?? false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null; // what Jupyter can't read either
        }
    }

    private static void CheckName(string name)
    {
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            || name.Trim('.').Length == 0)
            throw new InvalidDataException($"'{name}' can't be a kernel's name: use letters, digits, '-', '_' and '.'.");
    }

    /// <summary>The course's sign: a kernel of nine weights, orange for positive and blue for negative ones.</summary>
    private static Picture Logo(int size)
    {
        float[][] colours = [[0, 0.447f, 0.698f], [0.902f, 0.624f, 0]];
        var values = new float[3, size, size];
        for (var row = 0; row < size; row++)
            for (var column = 0; column < size; column++)
            {
                int i = row * 3 / size, j = column * 3 / size;
                var isLine = row * 3 % size < 3 || column * 3 % size < 3;
                var weight = Kernels.SobelVertical[i, j] / 2;
                for (var c = 0; c < 3; c++)
                    values[c, row, column] = isLine || weight == 0
                        ? 1
                        : 1 - Math.Abs(weight) * (1 - colours[weight > 0 ? 1 : 0][c]);
            }
        return Picture.FromValues(values);
    }
}
