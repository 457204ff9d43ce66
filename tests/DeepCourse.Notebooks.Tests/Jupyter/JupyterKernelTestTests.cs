namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Jupyter's own tests of kernels, with every optional sample filled in (kernel_test.py).</summary>
public sealed class JupyterKernelTestTests
{
    [Fact]
    public void Jupyter_kernel_test_passes()
    {
        var home = JupyterHome.Create();
        Peer.Jupyter.Run([Path.Combine(AppContext.BaseDirectory, "kernel_test.py")], home, new Dictionary<string, string> { ["JUPYTER_DATA_DIR"] = home });
    }
}
