namespace DeepCourse.Notebooks.Browser;

/// <summary>A student in Jupyter Notebook, in a real browser.</summary>
public sealed class JupyterNotebookTests
{
    [Fact]
    public async Task Cells_run_a_display_updates_the_stop_button_stops_and_a_restart_starts_anew()
    {
        Peer.Browser.Require();
        await using var server = await NotebookServer.StartAsync();
        await using var page = await Page.OpenAsync();
        await server.OpenAsync(page,
            "Console.WriteLine(\"printed\"); 6 * 7",
            "var d = display(\"step 0\");\nfor (var i = 1; i <= 3; i++) { await Task.Delay(50); d.Update($\"step {i}\"); }",
            "var kept = 5; Console.WriteLine(\"running\"); while (true) { }",
            "kept + 1",
            "nonsense");

        async Task Run(int cell, string until)
        {
            await page.Content.EvaluateAsync($"Jupyter.notebook.get_cell({cell}).execute()");
            await page.Content.WaitForFunctionAsync(
                $"document.querySelectorAll('.cell')[{cell}].querySelector('.output').textContent.includes("
                    + $"{System.Text.Json.JsonSerializer.Serialize(until)})", null, new() { Timeout = 20_000 });
        }

        await Run(0, "42");
        await Run(1, "step 3");
        await page.Content.EvaluateAsync("Jupyter.notebook.get_cell(2).execute()");
        await page.Content.WaitForFunctionAsync(
            "document.querySelector('.kernel_busy_icon') && "
                + "document.querySelectorAll('.cell')[2].querySelector('.output').textContent.includes('running')");
        await page.Content.Locator("button[data-jupyter-action='jupyter-notebook:interrupt-kernel']").ClickAsync();
        await page.Content.WaitForFunctionAsync(
            "document.querySelectorAll('.cell')[2].querySelector('.output').textContent.includes('interrupted')");
        await Run(3, "6");
        await Run(4, "CS0103");
        await page.Content.WaitForFunctionAsync("document.querySelector('.kernel_idle_icon')");
        await page.Content.EvaluateAsync(
            "new Promise(ready => { Jupyter.notebook.events.one('kernel_ready.Kernel', ready); "
                + "Jupyter.notebook.kernel.restart(); })");
        await Run(3, "'kept' does not exist");
        await Run(0, "42");
        Assert.Empty(page.Errors);
    }

    [Fact]
    public async Task The_lecture_s_notebook_is_drawn_in_Jupyter()
    {
        Peer.Browser.Require();
        await using var server = await NotebookServer.StartAsync();
        await using var page = await Page.OpenAsync(width: 1180, height: 900);
        var course = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(course!.FullName, "DeepCourse.sln"))) course = course.Parent;
        File.Copy(Path.Combine(course.FullName, "notebooks", "03-convolution.ipynb"),
            Path.Combine(server.Folder, "03-convolution.ipynb"));
        await server.OpenFileAsync(page, "03-convolution.ipynb");
        // Only the first cell and the figures of the small image: the photographs are not in the server's folder.
        foreach (var cell in new[] { 1, 9, 11, 13 })
            await page.Content.EvaluateAsync($"Jupyter.notebook.get_cell({cell}).execute()");
        await page.Content.WaitForFunctionAsync(
            "document.querySelectorAll('.cell')[13].querySelector('.dc-steps input[type=range]') && "
                + "!document.querySelectorAll('.cell')[13].querySelector('.controls').hidden && "
                + "document.querySelector('.kernel_idle_icon')", null, new() { Timeout = 30_000 });
        await page.Content.EvaluateAsync(
            "const s = document.querySelectorAll('.cell')[13].querySelector('input[type=range]'); s.value = 5; "
                + "s.dispatchEvent(new Event('input'))");
        if (Environment.GetEnvironmentVariable("DEEPCOURSE_SCREENSHOT") is { Length: > 0 } path)
        {
            await page.Content.EvaluateAsync("document.querySelectorAll('.cell')[12].scrollIntoView()");
            await page.Content.ScreenshotAsync(new() { Path = path });
        }
        Assert.Equal("row 1, column 1:",
            (await page.Content.Locator(".dc-steps:has([data-do=flip]) .caption").First.TextContentAsync())![..16]);
        Assert.Empty(page.Errors);
    }
}
