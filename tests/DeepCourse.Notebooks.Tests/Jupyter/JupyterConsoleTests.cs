namespace DeepCourse.Notebooks.Jupyter;

/// <summary>The terminal's client, <c>jupyter console</c>, in a pseudo-terminal (console_test.py).</summary>
public sealed class JupyterConsoleTests
{
    [Fact]
    public void Jupyter_console_shows_values_and_errors_asks_and_interrupts()
    {
        var home = JupyterHome.Create();
        Peer.Console.Run([Path.Combine(AppContext.BaseDirectory, "console_test.py")], home, new Dictionary<string, string> { ["JUPYTER_DATA_DIR"] = home });
    }
}
