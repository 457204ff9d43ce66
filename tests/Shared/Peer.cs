using System.Diagnostics;

namespace DeepCourse;

/// <summary>
/// A program that only some machines have: a test that needs one is skipped without it, with a reason; where
/// <c>DEEPCOURSE_REQUIRE</c> names it ("jupyter,browser,console,node,torch"), it fails instead.
/// </summary>
internal sealed record Peer(string Name, string[] Candidates, string[] Probe)
{
    /// <summary>Python with nbformat, nbclient, nbconvert, jupyter_client and jupyter_kernel_test: Debian's packages
    /// jupyter-notebook, python3-nbclient, python3-nbconvert, python3-jupyter-kernel-test.</summary>
    public static Peer Jupyter { get; } = new("jupyter", ["/usr/bin/python3", "python3"],
        ["-c", "import nbformat, nbclient, nbconvert, jupyter_client, jupyter_kernel_test"]);

    /// <summary>Python with jupyter_console and pexpect: Debian's packages jupyter-console and python3-pexpect. Not on Windows,
    /// which has no pseudo-terminals of that kind.</summary>
    public static Peer Console { get; } = new("console", ["/usr/bin/python3", "python3"],
        ["-c", "import jupyter_console, pexpect; pexpect.spawn"]);

    /// <summary>Python with PyTorch and torchvision: Debian's packages python3-torch and python3-torchvision.</summary>
    public static Peer Torch { get; } = new("torch", ["/usr/bin/python3", "python3"], ["-c", "import torch, torchvision"]);

    /// <summary>Chromium.</summary>
    public static Peer Browser { get; } = new("browser",
        ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"], ["--version"]);

    /// <summary>Node.js with the packages of ClientLibrary/package.json installed in the folder that <c>DEEPCOURSE_NODE</c>
    /// names.</summary>
    public static Peer Node { get; } = new("node", ["node"],
        ["-e", "require('module').createRequire(process.env.DEEPCOURSE_NODE + '/x.js')('zeromq')"]);

    private string? _path;
    private bool _looked;

    /// <summary>The program's path; skips the test, or fails it, where there is none.</summary>
    public string Require()
    {
        if (!_looked) _path = Candidates.FirstOrDefault(Works);
        _looked = true;
        if (_path is not null) return _path;
        var required = (Environment.GetEnvironmentVariable("DEEPCOURSE_REQUIRE") ?? "").Split(',').Contains(Name);
        Assert.False(required, $"DEEPCOURSE_REQUIRE asks for {Name}, and none of {string.Join(", ", Candidates)} works here.");
        Assert.Skip($"needs {Name} ({string.Join(", ", Candidates)}), which this machine does not have");
        return "";
    }

    /// <summary>Runs it and returns what it printed; fails the test when it exits with another code than 0.</summary>
    public string Run(
        IEnumerable<string> arguments,
        string? folder = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Require(),
            arguments)
        { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{Name} exited with {process.ExitCode}:\n{output}\n{error.Result}");
        return output;
    }

    private bool Works(string program)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, Probe) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
