using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace DeepCourse.Data;

public sealed partial class DatasetsTests
{
    [Fact]
    public void Every_file_is_listed_with_its_checksum_and_matches_it()
    {
        var listed = Row()
            .Matches(File.ReadAllText(Datasets.Find("README.md")))
            .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        var files = Directory.EnumerateFiles(Datasets.Folder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) != "README.md")
            .ToList();
        Assert.NotEmpty(files);
        Assert.Equal(files.Count, listed.Count);
        Assert.All(files,
            file => Assert.Equal(listed[Path.GetRelativePath(Datasets.Folder, file).Replace('\\', '/')],
                Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))));
    }

    [Fact]
    public void A_missing_file_is_named_with_the_way_out() =>
        Assert.Contains("git checkout -- datasets",
            Assert.Throws<FileNotFoundException>(() => Datasets.Find("photos/no-such.png")).Message, StringComparison.Ordinal);

    [GeneratedRegex(@"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
