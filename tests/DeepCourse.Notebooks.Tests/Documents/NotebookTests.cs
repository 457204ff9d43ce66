using System.Text;

namespace DeepCourse.Notebooks.Documents;

public sealed class NotebookTests
{
    private const string Small = """
        {
         "cells": [
          {
           "cell_type": "markdown",
           "id": "title",
           "metadata": {},
           "source": [
            "# Hello 😀 \u2028 é\n",
            "\"quoted\" \\ <b>&amp;\t"
           ]
          },
          {
           "cell_type": "code",
           "execution_count": 3,
           "id": "code",
           "metadata": {
            "custom": {
             "number": 1.5,
             "z": null
            }
           },
           "outputs": [
            {
             "data": {
              "application/json": {
               "a": [
                "x",
                "y"
               ]
              },
              "image/png": "iVBORw0KGgo=\n",
              "text/plain": [
               "a\n",
               "b"
              ]
             },
             "execution_count": 3,
             "metadata": {},
             "output_type": "execute_result"
            },
            {
             "name": "stdout",
             "output_type": "stream",
             "text": [
              "one\r\n",
              "two"
             ]
            }
           ],
           "source": [],
           "unknown_field": true
          }
         ],
         "metadata": {
          "kernelspec": {
           "display_name": "C# (DeepCourse)",
           "language": "C#",
           "name": "deepcourse-csharp"
          },
          "somebody": {
           "else": []
          }
         },
         "nbformat": 4,
         "nbformat_minor": 5
        }

        """;

    // As the file holds it: the separator U+2028 is written as it is.
    private static readonly string Expected = Small.ReplaceLineEndings("\n")
        .Replace("\\u2028", "\u2028", StringComparison.Ordinal)
        .Replace("\"# Hello 😀 \u2028 é\\n\"", "\"# Hello 😀 \u2028\",\n    \" é\\n\"", StringComparison.Ordinal);

    private static Notebook Parse(string text) => Notebook.Parse(Encoding.UTF8.GetBytes(text), "test.ipynb");

    private static string Problem(string text) => Problem(Encoding.UTF8.GetBytes(text));

    private static string Problem(byte[] content) =>
        Assert.Throws<InvalidNotebookException>(() => Notebook.Parse(content, "test.ipynb")).Message;

    [Fact]
    public void A_notebook_is_written_as_it_was_read_and_unknown_fields_survive() =>
    Assert.Equal(Expected, Parse(Small).ToJson());

    [Fact]
    public void Our_files_are_byte_for_byte_what_nbformat_writes_and_its_validator_accepts_them()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        File.WriteAllText(Path.Combine(folder, "in.ipynb"), Small);
        Parse(Small).Save(Path.Combine(folder, "ours.ipynb"));
        Notebook.Create([Cell.Create("code", "a", "1 + 1"), Cell.Create("markdown", "b", "# x")])
            .Save(Path.Combine(folder, "new.ipynb"));
        Peer.Jupyter.Run(["-c", """
            import nbformat
            n = nbformat.read("in.ipynb", 4); nbformat.write(n, "theirs.ipynb")
            nbformat.validate(nbformat.read("new.ipynb", 4))
            """], folder);
        Assert.Equal(File.ReadAllText(Path.Combine(folder, "theirs.ipynb")),
            File.ReadAllText(Path.Combine(folder, "ours.ipynb")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void Older_minor_versions_become_4_5_with_the_same_ids_each_time(int minor)
    {
        const string cell = """{"cell_type":"code","metadata":{},"source":"1","outputs":[],"execution_count":null}""";
        var old = $$"""{"cells":[{{cell}},{{cell}}],"metadata":{},"nbformat":4,"nbformat_minor":{{minor}}}""";
        var (first, second) = (Parse(old), Parse(old));
        Assert.Equal(first.ToJson(), second.ToJson());
        Assert.Equal(2, first.Cells.Select(c => c.Id).Distinct().Count());
        Assert.Contains("\"nbformat_minor\": 5", first.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicate_and_invalid_ids_are_mended()
    {
        var cell = """{"cell_type":"raw","id":"same","metadata":{},"source":""}""";
        const string other = """{"cell_type":"raw","id":"not valid!","metadata":{},"source":""}""";
        var notebook = Parse($$"""{"cells":[{{cell}},{{cell}},{{other}}],"metadata":{},"nbformat":4,"nbformat_minor":5}""");
        var ids = notebook.Cells.Select(c => c.Id).ToList();
        Assert.Equal("same", ids[0]);
        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", id));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("   \n", "is empty")]
    [InlineData("hello", "line 1, column 1 is not valid JSON")]
    [InlineData("[1, 2]", "is JSON, but not a notebook")]
    [InlineData("{\"a\": 1}", "has no 'nbformat'")]
    [InlineData("{\"nbformat\": 3, \"worksheets\": []}", "nbconvert --to notebook --nbformat 4")]
    [InlineData("{\"nbformat\": 5, \"cells\": []}", "newer Jupyter (nbformat 5)")]
    [InlineData("{\"nbformat\": 4, \"cells\": {}}", "'cells' is not a list")]
    [InlineData("{\"nbformat\": 4, \"cells\": [], \"metadata\": []}", "'metadata' is not an object")]
    [InlineData("{\"nbformat\": 4, \"cells\": [1]}", "cell 1: is not an object")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\":\"raw\",\"source\":\"\"},{\"cell_type\":\"x\",\"source\":\"\"}]}",
        "cell 2: 'cell_type'")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\":\"raw\",\"source\":[1]}]}", "cell 1: 'source'")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\":\"code\",\"source\":\"\",\"outputs\":[{}]}]}",
        "an output without 'output_type'")]
    [InlineData("{\"nbformat\": 4, \"cells\": [{\"cell_type\":\"raw\",\"source\":\"\\ud800\"}]}", "lone surrogate")]
    [InlineData("{\"nbformat\": 4,\n \"nbformat\": 4}", "'nbformat'")]
    public void What_is_no_notebook_is_refused_with_file_place_and_way_out(string text, string expected)
    {
        var problem = Problem(text);
        Assert.StartsWith("test.ipynb: ", problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_file_is_told_from_a_broken_one()
    {
        Assert.Contains("truncated", Problem(Small[..(Small.Length / 2)]), StringComparison.Ordinal);
        Assert.DoesNotContain("truncated", Problem(Small.Replace("\"id\"", "id", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Other_encodings_are_named_with_the_place_and_a_byte_order_mark_does_no_harm()
    {
        Assert.Contains("UTF-16", Problem(Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Small)).ToArray()),
            StringComparison.Ordinal);
        Assert.Contains("invalid byte 0xE9 in line 2", Problem([.. "{\n\"caf"u8, 0xE9, .. "\": 1}"u8]), StringComparison.Ordinal);
        Assert.Equal(Expected, Notebook.Parse([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Small)], "x").ToJson());
    }

    [Fact]
    public void Every_truncation_is_refused_and_nothing_else_is_thrown()
    {
        var whole = Encoding.UTF8.GetBytes(Small.TrimEnd());
        for (var length = 0; length < whole.Length; length++) Problem(whole[..length]);
    }

    [Fact]
    public void Saving_leaves_an_equal_file_alone_and_follows_links()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var path = Path.Combine(folder, "a.ipynb");
        Assert.True(Parse(Small).Save(path));
        var written = File.GetLastWriteTimeUtc(path);
        Assert.False(Parse(Small).Save(path));
        Assert.Equal(written, File.GetLastWriteTimeUtc(path));
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(folder, "link.ipynb"), path);
            var notebook = Parse(Small);
            notebook.Cells[0].Source = "changed";
            Assert.True(notebook.Save(Path.Combine(folder, "link.ipynb")));
            Assert.Equal("changed", Notebook.Load(path).Cells[0].Source);
            Assert.NotNull(new FileInfo(Path.Combine(folder, "link.ipynb")).LinkTarget);
        }
        Assert.DoesNotContain(Directory.EnumerateFiles(folder), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void A_save_that_fails_says_why_and_leaves_what_was_there()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        var path = Path.Combine(folder, "a.ipynb");
        Parse(Small).Save(path);
        Assert.Contains("it is a folder", Assert.Throws<IOException>(() => Parse(Small).Save(folder)).Message,
            StringComparison.Ordinal);
        Assert.Contains("there is no folder",
            Assert.Throws<IOException>(() => Parse(Small).Save(Path.Combine(folder, "none", "a.ipynb"))).Message,
            StringComparison.Ordinal);
        Assert.Equal(Expected, File.ReadAllText(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void Keys_are_sorted_by_code_point()
    {
        var notebook = Parse("{\"nbformat\":4,\"cells\":[],\"metadata\":{\"\U0001F600\":1,\"\uFFEE\":2,\"b\":3,\"a\":4}}");
        Assert.Equal(["a", "b", "\uFFEE", "\U0001F600"],
            notebook.ToJson()
                .Split('\n')
                .Where(l => l.StartsWith("  \"", StringComparison.Ordinal))
                .Select(l => l.Split('"')[1]));
    }
}
