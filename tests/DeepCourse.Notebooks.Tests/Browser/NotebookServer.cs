using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using DeepCourse.Notebooks.Documents;
using DeepCourse.Notebooks.Jupyter;

namespace DeepCourse.Notebooks.Browser;

/// <summary>Debian's Jupyter Notebook on this machine, with this build's kernel and a folder of its own.</summary>
internal sealed class NotebookServer : IAsyncDisposable
{
    private readonly Process _process;

    private NotebookServer(Process process, string folder, Uri address) =>
        (_process, Folder, Address) = (process, folder, address);

    public string Folder { get; }

    public Uri Address { get; }

    public static async Task<NotebookServer> StartAsync()
    {
        var python = Peer.Jupyter.Require();
        var home = Directory.CreateTempSubdirectory().FullName;
        var folder = Directory.CreateDirectory(Path.Combine(home, "course")).FullName;
        JupyterHome.Create(Path.Combine(home, "jupyter"));

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var start = new ProcessStartInfo(python,
            ["-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={port}", "--NotebookApp.token=",
                "--NotebookApp.password=", $"--notebook-dir={folder}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var variable in new[] { "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR" })
            start.Environment[variable] = Path.Combine(home, variable == "JUPYTER_DATA_DIR" ? "jupyter" : variable);
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();

        var address = new Uri($"http://127.0.0.1:{port}/");
        using var client = new HttpClient();
        for (var i = 0; ; i++)
            try
            {
                await client.GetAsync(new Uri(address, "api/kernelspecs"));
                return new NotebookServer(process, folder, address);
            }
            catch (HttpRequestException) when (i < 150)
            {
                await Task.Delay(200);
            }
    }

    /// <summary>Writes a notebook of the given cells, opens it in <paramref name="page"/> and waits for its kernel.</summary>
    public async Task OpenAsync(Page page, params string[] cells)
    {
        Notebook.Create(cells.Select((c, i) => Cell.Create("code", $"c{i}", c))).Save(Path.Combine(Folder, "test.ipynb"));
        await OpenFileAsync(page, "test.ipynb");
    }

    public async Task OpenFileAsync(Page page, string name)
    {
        await page.Content.GotoAsync(new Uri(Address, $"notebooks/{name}").ToString());
        await page.Content.WaitForFunctionAsync(
            "window.Jupyter && Jupyter.notebook && Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected() && "
                + "Jupyter.notebook.kernel.info_reply.banner", null, new() { Timeout = 60_000 });
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
