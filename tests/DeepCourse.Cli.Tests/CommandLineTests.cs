using System.Diagnostics;

namespace DeepCourse.Cli;

/// <summary>The program as people start it.</summary>
public sealed class CommandLineTests
{
    private static readonly string Course = Above("DeepCourse.sln");

    private static string Above(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, file))) folder = folder.Parent;
        return folder.FullName;
    }

    private static (int Code, string Out, string Error) Run(
        string folder,
        IReadOnlyDictionary<string, string>? environment,
        params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "DeepCourse.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static (int Code, string Out, string Error) Run(string folder, params string[] arguments) =>
        Run(folder, null, arguments);

    private static string FolderWith(params (string Name, string[] Cells)[] notebooks)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        foreach (var (name, cells) in notebooks)
            Notebooks.Documents.Notebook.Create(cells.Select((c, i) => Notebooks.Documents.Cell.Create("code", $"c{i}", c)))
                .Save(Path.Combine(folder, name));
        return folder;
    }

    [Fact]
    public void A_run_prints_cells_and_a_table_and_writes_only_what_changed()
    {
        var folder = FolderWith(("a.ipynb", ["1 + 1", "Console.WriteLine(\"x\");"]));
        var (code, output, error) = Run(folder, "run", ".");
        Assert.True(code == 0, error);
        Assert.Contains("a.ipynb  cell 2 of 2", output, StringComparison.Ordinal);
        Assert.Matches(@"\| a\.ipynb +\| +2 \| +\d+\.\d \| ok, outputs written", output);
        var written = File.ReadAllBytes(Path.Combine(folder, "a.ipynb"));
        Assert.Contains("ok, outputs as stored", Run(folder, "run", "a.ipynb").Out, StringComparison.Ordinal);
        Assert.Equal(written, File.ReadAllBytes(Path.Combine(folder, "a.ipynb")));
    }

    [Fact]
    public void A_failing_cell_is_named_with_line_and_message_and_the_exit_code_is_1()
    {
        var folder = FolderWith(("a.ipynb", ["1", "var x = 1;\nundefined(x);"]), ("b.ipynb", ["2"]));
        var (code, output, error) = Run(folder, "run", ".");
        Assert.Equal(1, code);
        Assert.Contains("a.ipynb, cell 2: CS0103", error, StringComparison.Ordinal);
        Assert.Contains("(2,1): error CS0103", error, StringComparison.Ordinal);
        Assert.Contains("undefined(x);", error, StringComparison.Ordinal);
        Assert.Matches(@"\| b\.ipynb +\| +\| +\| not run", output);

        (code, output, _) = Run(folder, "run", ".", "--keep-going");
        Assert.Equal(1, code);
        Assert.Matches(@"\| b\.ipynb +\| +1 \| +\d+\.\d \| ok", output);
    }

    [Fact]
    public void With_an_output_folder_the_sources_are_left_alone()
    {
        var folder = FolderWith(("a.ipynb", ["1 + 1"]));
        var before = File.ReadAllBytes(Path.Combine(folder, "a.ipynb"));
        Assert.Equal(0, Run(folder, "run", ".", "--output", "out").Code);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(folder, "a.ipynb")));
        Assert.Contains("execute_result", File.ReadAllText(Path.Combine(folder, "out", "a.ipynb")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no such file", "run", "nothing.ipynb")]
    [InlineData("There is no notebook", "run", ".")]
    [InlineData("number of seconds above 0", "run", ".", "--timeout", "0")]
    [InlineData("not a connection file", "kernel", "start", "bad.json")]
    [InlineData("can't be a kernel's name", "kernel", "uninstall", "--name", "a/b")]
    [InlineData("There is no kernel 'unheard-of'", "kernel", "uninstall", "--name", "unheard-of")]
    public void A_users_mistake_gets_one_message_and_no_stack_trace(string expected, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        File.WriteAllText(Path.Combine(folder, "bad.json"), "[]");
        var (code, _, error) = Run(folder, arguments);
        Assert.NotEqual(0, code);
        Assert.Contains(expected == "no such file" ? "There is no file or folder" : expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_notebook_is_named_and_the_others_can_go_on()
    {
        var folder = FolderWith(("b.ipynb", ["1"]));
        File.WriteAllText(Path.Combine(folder, "a.ipynb"), "{\"cells\": [");
        var (code, output, error) = Run(folder, "run", ".", "-k");
        Assert.Equal(1, code);
        Assert.Contains("truncated", error, StringComparison.Ordinal);
        Assert.Matches(@"\| b\.ipynb +\| +1 \|", output);
        Assert.Equal("{\"cells\": [", File.ReadAllText(Path.Combine(folder, "a.ipynb")));
    }

    [Fact]
    public void The_courses_own_notebooks_run_and_their_stored_outputs_are_reproduced()
    {
        var output = Directory.CreateTempSubdirectory().FullName;
        var (code, table, error) = Run(Course, "run", "notebooks", "--output", output);
        Assert.True(code == 0, error);
        Assert.All(Directory.EnumerateFiles(Path.Combine(Course, "notebooks"), "*.ipynb"), file =>
        {
            Assert.True(File.ReadAllText(file) == File.ReadAllText(Path.Combine(output, Path.GetFileName(file))),
                $"{Path.GetFileName(file)}: outputs differ from the stored ones. Run: dotnet run -c Release --project "
                    + "lib/DeepCourse.Cli -- run notebooks");
            Assert.InRange(new FileInfo(file).Length, 1, 2 << 20);
        });
        Assert.Contains("03-convolution.ipynb", table, StringComparison.Ordinal);
    }

    [Fact]
    public void The_courses_notebooks_are_valid_for_nbformat_and_name_our_kernel() => Peer.Jupyter.Run(["-c", """
        import glob, nbformat
        files = glob.glob("notebooks/*.ipynb")
        assert files
        for f in files:
            n = nbformat.read(f, 4); nbformat.validate(n)
            assert n.metadata.kernelspec.name == "deepcourse-csharp", f
            assert n.nbformat_minor == 5 and n.metadata.polyglot_notebook.kernelInfo.defaultKernelName == "csharp", f
        """], Course);

    [Fact]
    public void The_kernel_is_installed_from_a_copy_listed_run_by_nbclient_and_nbconvert_and_uninstalled()
    {
        Peer.Jupyter.Require();
        var home = Directory.CreateTempSubdirectory().FullName;
        var environment = new Dictionary<string, string>
        {
            ["JUPYTER_DATA_DIR"] = Path.Combine(home, "jupyter"),
            ["XDG_DATA_HOME"] = Path.Combine(home, "data")
        };
        var (code, output, error) = Run(Course, environment, "kernel", "install");
        Assert.True(code == 0, error);
        Assert.Contains("Installed deepcourse-csharp", output, StringComparison.Ordinal);
        Assert.Contains("Installed .net-csharp", output, StringComparison.Ordinal);
        Assert.Contains("deepcourse-csharp", Run(Course, environment, "kernel", "list").Out, StringComparison.Ordinal);

        Peer.Jupyter.Run(["-c", """
            import nbformat, nbclient
            n = nbformat.read("notebooks/03-convolution.ipynb", 4)
            def joined(outputs):
                # What a cell prints may come in several messages, which newer versions of nbclient put together themselves.
                whole = []
                for o in outputs:
                    if whole and o.output_type == "stream" == whole[-1].output_type and o.name == whole[-1].name:
                        whole[-1].text += o.text
                    else: whole.append(o)
                return whole
            stored = [c.outputs for c in n.cells if c.cell_type == "code"]
            nbclient.NotebookClient(n, resources={"metadata": {"path": "notebooks"}}).execute()
            for before, cell in zip(stored, [c for c in n.cells if c.cell_type == "code"]):
                # What is trained differs a little from machine to machine.
                if not {"approximate", "volatile"} & set(cell.metadata.get("tags", [])):
                    assert before == joined(cell.outputs), cell.source
            """], Course, environment);
        Peer.Jupyter.Run(["-m", "nbconvert", "--to", "html", "--execute", "--output-dir", home,
            "notebooks/04-activations-and-pooling.ipynb"], Course, environment);
        Assert.Contains("dc-", File.ReadAllText(Path.Combine(home, "04-activations-and-pooling.html")), StringComparison.Ordinal);

        (code, output, error) = Run(Course, environment, "kernel", "uninstall");
        Assert.True(code == 0, error);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(home, "jupyter"), "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(home, "data", "deepcourse")));
    }

    [Fact]
    public void Every_command_explains_itself()
    {
        foreach (var command in new[] { "", "run", "doctor", "kernel", "kernel install", "kernel list", "kernel uninstall",
            "kernel start" })
        {
            var (code, output, _) = Run(Course, [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
            Assert.Equal(0, code);
            Assert.Contains("Usage:", output, StringComparison.Ordinal);
        }
    }
}
