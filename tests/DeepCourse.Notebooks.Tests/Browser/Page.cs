using Microsoft.Playwright;

namespace DeepCourse.Notebooks.Browser;

/// <summary>A page in a real Chromium without a network.</summary>
internal sealed class Page : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Page(IPlaywright playwright, IBrowser browser, IPage content) =>
        (_playwright, _browser, Content) = (playwright, browser, content);

    public IPage Content { get; }

    /// <summary>What the page's scripts complained about.</summary>
    public List<string> Errors { get; } = [];

    public static async Task<Page> OpenAsync(
        string? html = null,
        ColorScheme colours = ColorScheme.Light,
        int width = 1100,
        int height = 900)
    {
        var chromium = Peer.Browser.Require();
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var content = await browser.NewPageAsync(
            new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = colours });
        var page = new Page(playwright, browser, content);
        content.PageError += (_, error) => page.Errors.Add(error);
        if (html is not null)
            await content.SetContentAsync(
                "<!DOCTYPE html><meta charset=utf-8><body "
                    + $"style=\"font-family:sans-serif;{(colours == ColorScheme.Dark ? "background:#1e1e1e;color:#ddd" : "")}\">"
                    + $"{html}");
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
    }
}
