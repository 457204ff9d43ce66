using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace DeepCourse;

/// <summary>What holds of the sources themselves: their width, and that what stands below does not know what stands
/// above.</summary>
public sealed class HouseTests
{
    private static readonly string Root =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    private static string Here([CallerFilePath] string path = "") => path;

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories);

    private static IReadOnlyList<string> Rooms(string library) =>
        [.. Directory.EnumerateDirectories(Path.Combine(Root, "lib", library))
            .Where(d => Directory.EnumerateFiles(d, "*.cs", SearchOption.AllDirectories).Any())
            .Select(d => Path.GetFileName(d)).Where(n => n is not ("bin" or "obj"))];

    [Fact]
    public void No_line_is_wider_than_it_can_be_read()
    {
        var wide = new[] { "lib", "tests" }.SelectMany(Sources).SelectMany(f => File.ReadAllLines(f)
            .Select((line, i) => (line.Length, Most: Path.GetFileName(f) == "Trainer.cs" ? 110 : 130, At: $"{f}:{i + 1}"))
            .Where(l => l.Length > l.Most));
        Assert.Empty(wide);
    }

    [Theory]
    [InlineData("DeepCourse"), InlineData("DeepCourse.Notebooks")]
    public void No_rooms_go_in_circles(string library)
    {
        var rooms = Rooms(library);
        var uses = rooms.ToDictionary(r => r, r => Uses(library, r, rooms));
        // The rooms that need only such as are done, again and again; what is left goes in circles.
        var left = rooms.ToHashSet();
        while (left.Where(r => !uses[r].Keys.Any(left.Contains)).ToList() is { Count: > 0 } done) left.ExceptWith(done);
        Assert.True(left.Count == 0, string.Join('\n', left.SelectMany(r => uses[r].Where(u => left.Contains(u.Key))
            .Select(u => $"{r} uses {u.Key} in {u.Value}"))));
        Assert.True(uses.Values.Sum(u => u.Count) >= rooms.Count - 1, "the uses were not found");
    }

    /// <summary>The rooms that a room uses, each with a file that does it: by a using, or by a name such as
    /// Vision.Picture.</summary>
    private static Dictionary<string, string> Uses(string library, string room, IReadOnlyList<string> rooms)
    {
        var found = new Dictionary<string, string>();
        foreach (var file in Sources(Path.Combine("lib", library, room)))
        {
            foreach (var line in File.ReadAllLines(file).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)))
            {
                var code = Regex.Replace(line, "\"[^\"]*\"|//.*", "");
                foreach (var other in rooms.Where(r => r != room))
                {
                    var byUsing = Regex.IsMatch(code, $@"^(global )?using (static )?{Regex.Escape(library)}\.{other}\b");
                    var byName = Regex.Matches(code, $@"(?<![\w.]){other}\.(\w+)").Any(m =>
                        File.Exists(Path.Combine(Root, "lib", library, other, m.Groups[1].Value + ".cs")));
                    if (byUsing || byName) found.TryAdd(other, Path.GetFileName(file));
                }
            }
        }
        return found;
    }

    [Fact]
    public void The_architecture_page_names_all_rooms_and_no_other()
    {
        var page = File.ReadAllText(Path.Combine(Root, "lib", "README.md"));
        foreach (var library in Directory.EnumerateDirectories(Path.Combine(Root, "lib")).Select(d => Path.GetFileName(d)))
        {
            Assert.Contains($"## {library}\n", page, StringComparison.Ordinal);
            var section = page.Split($"## {library}\n")[1].Split("\n## ")[0];
            var named = Regex.Matches(section, @"^\| `(\w+)` \|", RegexOptions.Multiline).Select(m => m.Groups[1].Value);
            Assert.Equal(Rooms(library).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        }
    }
}
