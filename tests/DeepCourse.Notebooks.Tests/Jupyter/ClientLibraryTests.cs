namespace DeepCourse.Notebooks.Jupyter;

/// <summary>The stack of JupyterLab and VS Code, which checks every message that it gets (ClientLibrary/client.cjs).</summary>
public sealed class ClientLibraryTests
{
    [Fact]
    public async Task JupyterLab_s_client_library_accepts_every_message()
    {
        Peer.Node.Require();
        await using var kernel = await RawKernel.StartAsync();
        var path = Path.GetTempFileName();
        kernel.Connection.Write(path);
        Assert.EndsWith("ok\n", Peer.Node.Run([Path.Combine(AppContext.BaseDirectory, "client.cjs"), path]),
            StringComparison.Ordinal);
    }
}
