namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Jupyter's own tests of kernels, and its client in a terminal.</summary>
public sealed class JupyterClientTests
{
    /// <summary>The ecosystem's own test suite (Debian's python3-jupyter-kernel-test), with every optional sample filled
    /// in.</summary>
    [Fact]
    public void Jupyter_kernel_test_passes() => JupyterHome.Run(Peer.Jupyter, "kernel_test.py");

    [Fact]
    public void Jupyter_console_shows_values_and_errors_asks_and_interrupts() => JupyterHome.Run(Peer.Console, "console_test.py");
}
