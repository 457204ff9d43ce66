using DeepCourse.Models;
using DeepCourse.Notebooks.Documents;
using DeepCourse.Notebooks.Execution;
using DeepCourse.Notebooks.Jupyter;
using DeepCourse.Summaries;
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
        var caption = page.Content.Locator(".caption");
        Task<int> Shown() => page.Content.Locator(".out:not(.todo)").CountAsync();

        Assert.Equal("row 0, column 0: 1·(−1) + 2·0 + 3·1 + 5·(−2) + 6·0 + 7·2 + 9·(−1) + 10·0 + 11·1 = 8",
            await caption.TextContentAsync());
        Assert.Equal(1, await Shown());

        await page.Content.Locator("input[type=range]").FocusAsync();
        await page.Content.Keyboard.PressAsync("ArrowRight");
        Assert.StartsWith("row 0, column 1:", await caption.TextContentAsync(), StringComparison.Ordinal);
        await page.Content.Keyboard.PressAsync("End");
        Assert.EndsWith("= 9", await caption.TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(4, await Shown());

        await page.Content.Locator(".out").Nth(2).ClickAsync();
        Assert.StartsWith("row 1, column 0:", await caption.TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal(3, await Shown());

        await page.Content.Locator("[data-do=flip]").CheckAsync();
        Assert.EndsWith("= −8", await caption.TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal("1", await page.Content.Locator(".k text").First.TextContentAsync());

        await page.Content.Locator("[data-do=play]").ClickAsync();
        await page.Content.WaitForFunctionAsync("document.querySelector('input[type=range]').value === '3'");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task A_layer_number_by_number_goes_step_by_step_and_jumps_to_what_is_clicked()
    {
        using var image = ones(1, 4, 4);
        using var kernels = ones(1, 1, 3, 3);
        await using var page = await Page.OpenAsync(new TensorConvolution(image, kernels).ToHtml().ToString());
        var caption = page.Content.Locator(".caption");
        Assert.Equal("filter 0, row 0, column 0: 9 (channel 0) + bias 0 = 9", await caption.TextContentAsync());
        await page.Content.Locator("input[type=range]").FocusAsync();
        await page.Content.Keyboard.PressAsync("ArrowRight");
        Assert.StartsWith("filter 0, row 0, column 1:", await caption.TextContentAsync(), StringComparison.Ordinal);
        await page.Content.Locator("[data-step='3']").ClickAsync();
        Assert.StartsWith("filter 0, row 1, column 1:", await caption.TextContentAsync(), StringComparison.Ordinal);
        Assert.Equal("9999", string.Concat(await page.Content.Locator("[data-step] text").AllTextContentsAsync()));
        await page.Content.Keyboard.PressAsync("Home");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task A_table_s_rows_close_and_open()
    {
        await using var page = await Page.OpenAsync(ResNet18.Create(device: META).Summary(3, 224, 224).ToHtml().ToString());
        Task<int> Rows() => page.Content.Locator("tbody tr:visible").CountAsync();
        var all = await Rows();
        Assert.Equal(59, all); // the network, and all that it calls
        var layer = page.Content.Locator("button[aria-label^='layer2:']");
        await layer.ClickAsync();
        Assert.Equal(all - 13, await Rows());
        await page.Content.Locator("button[aria-label^='layer3.0:']").ClickAsync();
        Assert.Equal(all - 13 - 7, await Rows());
        await layer.FocusAsync();
        await page.Content.Keyboard.PressAsync("Enter");
        Assert.Equal(all - 7, await Rows());
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task Nine_edited_numbers_change_the_photograph_at_once()
    {
        using var values = full(1, 20, 20, 0.5f);
        await using var page = await Page.OpenAsync(
            new KernelPlayground(Picture.FromTensor(values), Kernels.Identity, Kernels.SobelVertical).ToHtml().ToString());
        Task<int> Middle() =>
            page.Content.EvaluateAsync<int>(
                "document.querySelector('canvas').getContext('2d').getImageData(10, 10, 1, 1).data[0]");
        await page.Content.WaitForFunctionAsync(
            "!document.querySelector('.controls').hidden && document.querySelector('.caption').textContent.startsWith('row 10')");
        Assert.Equal(128, await Middle());
        Assert.EndsWith("= 128", await page.Content.Locator(".caption").TextContentAsync(), StringComparison.Ordinal);
        await page.Content.Locator("[data-kernel='1']").ClickAsync(); // a flat image has no edge: middle grey, which stands for 0
        Assert.Equal(128, await Middle());
        Assert.EndsWith("= 0", await page.Content.Locator(".caption").TextContentAsync(), StringComparison.Ordinal);
        await page.Content.Locator("[data-kernel='0']").ClickAsync();
        await page.Content.Locator("input[type=number]").Nth(4).FillAsync("0.5");
        Assert.InRange(await Middle(), 63, 65);
        await page.Content.Locator("canvas").HoverAsync(new() { Position = new() { X = 3, Y = 3 } });
        Assert.StartsWith("row 0, column 0: 0·0 + 0·0", await page.Content.Locator(".caption").TextContentAsync(),
            StringComparison.Ordinal);
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task A_receptive_field_follows_layer_and_click()
    {
        using var values = rand(3, 32, 32);
        var fields = ReceptiveField.Of(32, new ReceptiveField.Layer2D("conv", 3, 1, 1), new ReceptiveField.Layer2D("pool", 2, 2));
        await using var page = await Page.OpenAsync(new ReceptiveFieldFigure(Picture.FromTensor(values), fields)
            .ToHtml()
            .ToString());
        var caption = page.Content.Locator(".caption");
        Assert.StartsWith("pool: neuron (8, 8) of 16×16 sees 4×4 pixels", await caption.TextContentAsync(),
            StringComparison.Ordinal);
        await page.Content.Locator("[data-do=back]").ClickAsync();
        Assert.StartsWith("conv: neuron (16, 16) of 32×32 sees 3×3 pixels", await caption.TextContentAsync(),
            StringComparison.Ordinal);
        await page.Content.Locator("svg").First.ClickAsync(new() { Position = new() { X = 61, Y = 61 } });
        Assert.Equal("conv: neuron (0, 0) of 32×32 sees 3×3 pixels, some of them in the padding or outside the image",
            await caption.TextContentAsync());
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task The_same_figure_twice_on_a_page_is_two_figures()
    {
        await using var page = await Page.OpenAsync(Steps() + Steps());
        await page.Content.Locator("[data-do=next]").Nth(1).ClickAsync();
        Assert.Equal(["0", "1"],
            await page.Content.EvaluateAsync<string[]>("[...document.querySelectorAll('input[type=range]')].map(i => i.value)"));
    }

    [Fact]
    public async Task Without_scripts_the_result_stands()
    {
        await using var page = await Page.OpenAsync(
            System.Text.RegularExpressions.Regex.Replace(Steps(), "<script>.*?</script>", "",
                System.Text.RegularExpressions.RegexOptions.Singleline));
        Assert.Equal(4, await page.Content.Locator(".out:not(.todo)").CountAsync());
        Assert.False(await page.Content.Locator(".controls").IsVisibleAsync());
        Assert.EndsWith("= 8", await page.Content.Locator(".caption").TextContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Charts_draw_without_a_network_also_before_the_one_that_brings_the_library()
    {
        const string chart = "Plotly.NET.CSharp.Chart.Line<int, double, string>(x: new[] { 1, 2, 3 }, y: new[] { 3.0, 1, 2 }, "
            + "Name: \"loss\")";
        var notebook = Notebook.Create([Cell.Create("code", "a", chart), Cell.Create("code", "b", chart)]);
        Assert.Null(
            (await new NotebookRunner(KernelSpec.Own())
                .RunAsync(notebook, Path.GetTempPath(), cancellation: TestContext.Current.CancellationToken)).Failure);
        var html = notebook.Cells.Select(c => MultilineText.Join(c.Outputs[0]!["data"]!["text/html"])!).ToList();

        await using var page = await Page.OpenAsync(html[1]);
        Assert.Contains("run cell [1]", await Hint(page), StringComparison.Ordinal);
        // The first cell scrolls into view later: then both draw.
        await page.Content.EvaluateAsync(
            "html => { const d = document.createElement('div'); document.body.append(d); "
                + "d.append(document.createRange().createContextualFragment(html)); }", html[0]);
        await page.Content.WaitForFunctionAsync(
            "document.querySelectorAll('.main-svg').length >= 2 && [...document.querySelectorAll('.dc-chart')].every(c => "
                + "c.querySelector('path.js-line'))");
        Assert.Empty(page.Errors);
    }

    private static async Task<string> Hint(Page page)
    {
        await page.Content.WaitForFunctionAsync("document.querySelector('.dc-note').textContent.includes('run cell')");
        return await page.Content.Locator(".dc-note").TextContentAsync() ?? "";
    }
}
