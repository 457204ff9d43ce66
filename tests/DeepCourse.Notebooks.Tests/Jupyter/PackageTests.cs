using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Which version of a package a cell gets, when the kernel or the framework has one of the same name.</summary>
public sealed class PackageTests : IAsyncLifetime
{
    private readonly string _cache = Directory.CreateTempSubdirectory().FullName;
    private readonly string _feed = Directory.CreateTempSubdirectory().FullName;
    private RawKernel _kernel = null!;

    public async ValueTask InitializeAsync() => _kernel = await Start();

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    private async Task<RawKernel> Start()
    {
        var kernel = await RawKernel.StartAsync(
            new Dictionary<string, string>
            {
                ["NUGET_PACKAGES"] = _cache,
                ["XDG_CACHE_HOME"] = _cache,
                ["LOCALAPPDATA"] = _cache
            });
        await kernel.Run($"#i \"nuget: {_feed}\"");
        return kernel;
    }

    private static async Task<(string Value, string Said, JsonObject Reply)> Get(RawKernel kernel, string code)
    {
        var (reply, outputs) = await kernel.Run(code);
        return ((string?)outputs.Find(o => o.Type == "execute_result")?.Content["data"]?["text/plain"] ?? "(none)",
            (string?)outputs.FindLast(o => o.Type == "update_display_data")?.Content["data"]?["text/plain"] ?? "", reply);
    }

    [Fact]
    public async Task A_package_that_only_the_kernel_itself_runs_with_is_the_user_s_own_version()
    {
        LocalFeed.Add(_feed, "System.CommandLine", "2.0.0-beta4", "old");
        LocalFeed.Add(_feed, "Newtonsoft.Json", "99.0.0", "new");
        var (value, said, _) = await Get(_kernel, "#r \"nuget: System.CommandLine, 2.0.0-beta4\"\nSystem.CommandLine.Word.Text");
        Assert.Equal(("old", "Restored System.CommandLine 2.0.0-beta4"), (value, said));
        await _kernel.Run(
            "using TorchSharp; var t = torch.ones(2); var chart = Plotly.NET.CSharp.Chart.Point<int, int, string>(x: new[] { 1 "
                + "}, y: new[] { 2 });");
        Assert.Equal("new", (await Get(_kernel, "#r \"nuget: Newtonsoft.Json\"\nNewtonsoft.Json.Word.Text")).Value);
        // still the same tensor, though what Plotly.NET refers to has changed
        Assert.Equal("2", await _kernel.Value("torch.sum(t).item<float>()"));
        Assert.StartsWith("Chart", await _kernel.Value("chart"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_assembly_of_the_framework_s_wins_while_nothing_has_used_the_framework_s()
    {
        LocalFeed.Add(_feed, "System.Text.Json", "99.0.0", "newer");
        await _kernel.Run("using TorchSharp; var t = torch.ones(2);");
        Assert.Equal("newer", (await Get(_kernel, "#r \"nuget: System.Text.Json, 99.0.0\"\nSystem.Text.Json.Word.Text")).Value);
        Assert.Equal("2", await _kernel.Value("torch.sum(t).item<float>()"));
    }

    [Fact]
    public async Task When_it_has_been_used_the_way_out_is_said()
    {
        LocalFeed.Add(_feed, "System.Text.Json", "99.0.0", "newer");
        await _kernel.Run("var j = System.Text.Json.JsonDocument.Parse(\"{}\");");
        var (_, said, reply) = await Get(_kernel, "#r \"nuget: System.Text.Json, 99.0.0\"");
        Assert.Contains("Restart the kernel", (string?)reply["evalue"], StringComparison.Ordinal);
        Assert.StartsWith("Not restored", said, StringComparison.Ordinal);
        Assert.Equal("Object", await _kernel.Value("j.RootElement.ValueKind"));
    }

    [Fact]
    public async Task What_is_used_instead_is_said()
    {
        LocalFeed.Add(_feed, "System.Text.Json", "1.0.0", "older");
        LocalFeed.Add(_feed, "DynamicObj", "99.0.0", "shared");
        Assert.Contains("System.Text.Json (part of .NET", (await Get(_kernel, "#r \"nuget: System.Text.Json, 1.0.0\"")).Said,
            StringComparison.Ordinal);
        Assert.Contains("built in and uses that", (await Get(_kernel, "#r \"nuget: DynamicObj, 99.0.0\"")).Said,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_that_needs_a_newer_one_than_was_asked_for_gets_it_and_that_is_said()
    {
        LocalFeed.Add(_feed, "Basis", "1.0.0", "one");
        LocalFeed.Add(_feed, "Basis", "2.0.0", "two");
        LocalFeed.Add(_feed, "Upper", "1.0.0", "up", ("Basis", "2.0.0"));
        var (value, said, _) = await Get(_kernel,
            "#r \"nuget: Basis, 1.0.0\"\n#r \"nuget: Upper, 1.0.0\"\nBasis.Word.Text + Upper.Word.Text");
        Assert.Equal("twoup", value);
        Assert.Contains("Basis 2.0.0 instead of 1.0.0", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_that_nothing_has_used_yet_can_be_changed()
    {
        LocalFeed.Add(_feed, "Basis", "1.0.0", "one");
        LocalFeed.Add(_feed, "Basis", "2.0.0", "two");
        await _kernel.Run("#r \"nuget: Basis, 1.0.0\"");
        Assert.Equal("two", (await Get(_kernel, "#r \"nuget: Basis, 2.0.0\"\nBasis.Word.Text")).Value);
        Assert.Contains("Restart the kernel", (string?)(await Get(_kernel, "#r \"nuget: Basis, 1.0.0\"")).Reply["evalue"],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_newest_version_is_looked_for_in_each_session_and_an_earlier_answer_does_without_a_feed()
    {
        LocalFeed.Add(_feed, "Growing", "1.0.0", "one");
        Assert.Equal("one", (await Get(_kernel, "#r \"nuget: Growing\"\nGrowing.Word.Text")).Value);
        LocalFeed.Add(_feed, "Growing", "2.0.0", "two");
        Assert.Equal("one", (await Get(_kernel, "#r \"nuget: Growing\"\nGrowing.Word.Text")).Value); // what it has, it keeps
        await using (var second = await Start())
            Assert.Equal("two", (await Get(second, "#r \"nuget: Growing\"\nGrowing.Word.Text")).Value);

        foreach (var file in Directory.EnumerateFiles(_feed)) File.Delete(file);
        Directory.Delete(_feed);
        await using var offline = await Start();
        var (value, said, _) = await Get(offline, "#r \"nuget: Growing\"\nGrowing.Word.Text");
        Assert.Equal("two", value);
        Assert.Contains("as restored earlier", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_kernels_may_restore_the_same_packages_at_once()
    {
        LocalFeed.Add(_feed, "Common", "1.0.0", "both");
        await using var second = await Start();
        var values = await Task.WhenAll(new[] { _kernel, second }
            .Select(k => Get(k, "#r \"nuget: Common, 1.0.0\"\nCommon.Word.Text")));
        Assert.Equal(["both", "both"], values.Select(v => v.Value));
    }
}
