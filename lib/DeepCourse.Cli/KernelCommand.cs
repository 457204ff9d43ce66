using System.CommandLine;
using System.Diagnostics;
using DeepCourse.Native;
using DeepCourse.Notebooks.Engine;
using DeepCourse.Notebooks.Jupyter;
using Spectre.Console;

namespace DeepCourse.Cli;

/// <summary><c>deepcourse kernel</c>: the C# kernel for Jupyter and VS Code.</summary>
internal static class KernelCommand
{
    private static Option<string> Name =>
        new("--name") { Description = "The kernel's name in notebooks.", DefaultValueFactory = _ => KernelSpec.DefaultName };

    private static Option<string?> Prefix =>
        new("--prefix")
        {
            Description = "Below this folder rather than for the user, for a server of many users or a virtual environment.",
            HelpName = "DIR"
        };

    public static Command Create() =>
        new("kernel", "The C# kernel for Jupyter and VS Code.") { Install(), List(), Uninstall(), Start() };

    private static Command Install()
    {
        var name = Name;
        var prefix = Prefix;
        var user = new Option<bool>("--user") { Description = "For this user (the default)." };
        var replace = new Option<bool>("--replace") { Description = "Replace another kernel of that name." };
        var noAlias = new Option<bool>(
            "--no-alias")
        {
            Description = $"Do not also take the name '{KernelInstallation.Alias}', under which other C# notebooks ask for "
                + "a kernel."
        };
        var command = new Command("install",
            "Makes the kernel known to Jupyter and VS Code, run from a copy of this program in your data folder, compiled ahead "
                + "of time.") { name, prefix, user, replace, noAlias };
        command.Validators.Add(r =>
        {
            if (r.GetValue(user) && r.GetValue(prefix) is not null) r.AddError("Give --user or --prefix, not both.");
        });
        command.OnError(async (r, cancellation) =>
        {
            if (Arithmetic.Notice is { } notice) Console.WriteLine(notice);
            var program = Path.Combine(KernelInstallation.ProgramFolder(r.GetValue(prefix)),
                $"{Kernel.Version}-{DateTime.UtcNow:yyyyMMddHHmmss}");
            await Progress.WaitAsync("Copying and compiling the kernel (a minute or two)",
                () => PublishAsync(program, cancellation)).ConfigureAwait(false);
            foreach (var kernel in KernelInstallation.Install(program, r.GetValue(name)!, r.GetValue(prefix), r.GetValue(replace),
                !r.GetValue(noAlias)))
                Console.WriteLine($"Installed {kernel.Name}: {kernel.Folder}");
            RemoveOlder(program);
            Console.WriteLine(
                "In VS Code: open a notebook, Select Kernel → Jupyter Kernel… → C# (DeepCourse). In Jupyter it is chosen by "
                    + "itself.");
            return 0;
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists the kernels that Jupyter and VS Code find.");
        command.OnError((_, _) =>
        {
            var table = new Table().Border(Progress.Border).AddColumn("name").AddColumn("shown as").AddColumn("folder");
            foreach (var kernel in KernelInstallation.List())
                table.AddRow(new Text(kernel.Name), new Text(kernel.DisplayName), new Text(kernel.Folder));
            Progress.Print(table);
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command Uninstall()
    {
        var name = Name;
        var prefix = Prefix;
        var command = new Command("uninstall", "Removes the kernel and its copy of this program.") { name, prefix };
        command.OnError((r, _) =>
        {
            foreach (var folder in KernelInstallation.Uninstall(r.GetValue(name)!, r.GetValue(prefix)))
                Console.WriteLine($"Removed {folder}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command Start()
    {
        var file = new Argument<string>("connection-file") { Description = "The file that the client wrote." };
        var command = new Command("start", "Runs a kernel. Jupyter and VS Code call this.") { file };
        command.OnError(async (r, _) =>
        {
            // Held while this copy runs, so that a newer install leaves it alone.
            using var inUse = File.Open(Program(AppContext.BaseDirectory), FileMode.Open, FileAccess.Read, FileShare.Read);
            await Kernel.RunAsync(r.GetValue(file)!).ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    /// <summary>
    /// Puts a copy of this program into <paramref name="target"/>: from the course's sources, compiled ahead of time; a program
    /// without sources around it, being such a copy, as it is.
    /// </summary>
    private static async Task PublishAsync(string target, CancellationToken cancellation)
    {
        var partial = target + ".partial";
        if (Sources() is { } project)
        {
            await DotNetAsync(["restore", project, "-p:PublishReadyToRun=true"], cancellation).ConfigureAwait(false);
            await DotNetAsync(["publish", project, "-c", "Release", "--no-build", "-p:PublishReadyToRun=true", "-o", partial],
                cancellation).ConfigureAwait(false);
        }
        else
        {
            foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(partial, Path.GetRelativePath(AppContext.BaseDirectory, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }
        }
        Directory.Move(partial, target);
    }

    /// <summary>The project of this program, when it runs from the course's folder.</summary>
    private static string? Sources()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var project = Path.Combine(folder.FullName, "lib", "DeepCourse.Cli", "DeepCourse.Cli.csproj");
            if (File.Exists(Path.Combine(folder.FullName, "DeepCourse.sln")) && File.Exists(project)) return project;
        }
        return null;
    }

    private static async Task DotNetAsync(string[] arguments, CancellationToken cancellation)
    {
        using var process = Process.Start(
            new ProcessStartInfo(DotNetHost.Path,
                [.. arguments, "-v", "quiet", "-nologo", "-nodeReuse:false"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true
            })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellation);
        var error = await process.StandardError.ReadToEndAsync(cancellation).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        if (process.ExitCode != 0)
            throw new InvalidDataException(
                $"The kernel's copy could not be made: 'dotnet {string.Join(' ', arguments)}' "
                    + $"failed.\n{(await output.ConfigureAwait(false)).Trim()}\n{error.Trim()}");
    }

    private static string Program(string folder) => Path.Combine(folder, "DeepCourse.Cli.dll");

    /// <summary>Earlier copies: gone, unless a kernel still runs from one.</summary>
    private static void RemoveOlder(string current)
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetDirectoryName(current)!).Where(f => f != current))
            try
            {
                if (File.Exists(Program(folder)))
                    File.Open(Program(folder), FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next install tries again.
            }
    }
}
