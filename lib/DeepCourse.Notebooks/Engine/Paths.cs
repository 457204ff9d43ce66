using System.Text.RegularExpressions;

namespace DeepCourse.Notebooks.Engine;

/// <summary>Completion of the paths in <c>#r "…"</c> and <c>#load "…"</c>.</summary>
internal static partial class Paths
{
    /// <summary>The files and folders that fit; null when the position is in no such line.</summary>
    public static Completions? Complete(string code, int position)
    {
        var begin = code.LastIndexOf('\n', Math.Max(0, position - 1)) + 1;
        var match = Open().Match(code[Math.Min(begin, position)..position]);
        if (!match.Success) return null;
        var typed = match.Groups["path"].Value;
        if (typed.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase)) return new Completions(position, position, []);
        var slash = typed.LastIndexOfAny(['/', '\\']) + 1;
        var (folder, prefix) = (typed[..slash], typed[slash..]);
        var extension = match.Groups["kind"].Value == "r" ? ".dll" : ".csx";
        try
        {
            var items = new DirectoryInfo(folder.Length == 0 ? "." : folder).EnumerateFileSystemInfos(prefix + "*")
                .Where(f => f is DirectoryInfo || string.Equals(f.Extension, extension, StringComparison.OrdinalIgnoreCase))
                .OrderBy(f => f.Name, StringComparer.OrdinalIgnoreCase)
                .Select(f => new Completion(f is DirectoryInfo ? f.Name + "/" : f.Name, f is DirectoryInfo ? "folder" : "file"));
            return new Completions(position - prefix.Length, position, [.. items.Take(200)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Completions(position, position, []);
        }
    }

    [GeneratedRegex("""^\s*#(?<kind>r|load)\s+"(?<path>[^"]*)$""")]
    private static partial Regex Open();
}
