using DeepCourse.Notebooks.Documents;
using DeepCourse.Notebooks.Execution;
using DeepCourse.Notebooks.Jupyter;
using DeepCourse.Vision;
using DeepCourse.Visuals;
using static TorchSharp.torch;

namespace DeepCourse.Notebooks.Browser;

/// <summary>What a student can do with a figure, done in a real browser.</summary>
public sealed class FiguresInABrowserTests
{
    private static string Steps()
    {
        using var image = tensor(new float[,] { { 1, 2, 3, 4 }, { 5, 6, 7, 8 }, { 9, 10, 11, 12 }, { 13, 14, 15, 17 } });
        return new ConvolutionSteps(image, Kernels.SobelVertical).ToHtml().ToString();
    }

    [Fact]
    public async Task The_convolution_is_driven_by_slider_keys_pointer_and_switch()
    {
        await using var page = await Page.OpenAsync(Steps());
        var sum = page.Content.Locator(".sum");
        Task<int> Shown() => page.Content.Locator(".out:not(.todo)").CountAsync();

        Assert.Equal("row 0, column 0: 1·(−1) + 2·0 + 3·1 + 5·(−2) + 6·0 + 7·2 + 9·(−1) + 10·0 + 11·1 = 8", await sum.TextContentAsync());
        Assert.Equal(1, await Shown());

        await page.Content.Locator("input[type=range]").FocusAsync();
        await page.Content.Keyboard.PressAsync("ArrowRight");
        Assert.StartsWith("row 0, column 1:", await sum.TextContentAsync(), StringComparison.Ordinal);
        await page.Content.Keyboard.PressAsync("End");
        Assert.EndsWith("= 9", await sum.TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(4, await Shown());

        await page.Content.Locator(".out").Nth(2).ClickAsync();
        Assert.StartsWith("row 1, column 0:", await sum.TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(3, await Shown());

        await page.Content.Locator("[data-do=flip]").CheckAsync();
        Assert.EndsWith("= −8", await sum.TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal("1", await page.Content.Locator(".k text").First.TextContentAsync());

        await page.Content.Locator("[data-do=play]").ClickAsync();
        await page.Content.WaitForFunctionAsync("document.querySelector('input[type=range]').value === '3'");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task The_same_figure_twice_on_a_page_is_two_figures()
    {
        await using var page = await Page.OpenAsync(Steps() + Steps());
        await page.Content.Locator("[data-do=next]").Nth(1).ClickAsync();
        Assert.Equal(["0", "1"], await page.Content.EvaluateAsync<string[]>("[...document.querySelectorAll('input[type=range]')].map(i => i.value)"));
    }

    [Fact]
    public async Task Without_scripts_the_result_stands()
    {
        await using var page = await Page.OpenAsync(System.Text.RegularExpressions.Regex.Replace(Steps(), "<script>.*?</script>", "", System.Text.RegularExpressions.RegexOptions.Singleline));
        Assert.Equal(4, await page.Content.Locator(".out:not(.todo)").CountAsync());
        Assert.False(await page.Content.Locator(".controls").IsVisibleAsync());
        Assert.EndsWith("= 8", await page.Content.Locator(".sum").TextContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Charts_draw_without_a_network_also_before_the_one_that_brings_the_library()
    {
        const string chart = "Plotly.NET.CSharp.Chart.Line<int, double, string>(x: new[] { 1, 2, 3 }, y: new[] { 3.0, 1, 2 }, Name: \"loss\")";
        var notebook = Notebook.Create([Cell.Create("code", "a", chart), Cell.Create("code", "b", chart)]);
        Assert.Null((await new NotebookRunner(KernelSpec.Own()).RunAsync(notebook, Path.GetTempPath(), cancellation: TestContext.Current.CancellationToken)).Failure);
        var html = notebook.Cells.Select(c => MultilineText.Join(c.Outputs[0]!["data"]!["text/html"])!).ToList();

        await using var page = await Page.OpenAsync(html[1]);
        Assert.Contains("run cell [1]", await Hint(page), StringComparison.Ordinal);
        // The first cell scrolls into view later: then both draw.
        await page.Content.EvaluateAsync("html => { const d = document.createElement('div'); document.body.append(d); d.append(document.createRange().createContextualFragment(html)); }", html[0]);
        await page.Content.WaitForFunctionAsync("document.querySelectorAll('.main-svg').length >= 2 && [...document.querySelectorAll('.dc-chart')].every(c => c.querySelector('path.js-line'))");
        Assert.Empty(page.Errors);
    }

    private static async Task<string> Hint(Page page)
    {
        await page.Content.WaitForFunctionAsync("document.querySelector('.dc-note').textContent.includes('run cell')");
        return await page.Content.Locator(".dc-note").TextContentAsync() ?? "";
    }
}
