using System.CommandLine;
using DeepCourse.Notebooks.Jupyter;

namespace DeepCourse.Cli;

/// <summary><c>deepcourse kernel</c>: the C# kernel for Jupyter and VS Code.</summary>
internal static class KernelCommand
{
    public static Command Create() => new("kernel", "The C# kernel for Jupyter and VS Code.") { Start() };

    private static Command Start()
    {
        var file = new Argument<string>("connection-file") { Description = "The file that the client wrote." };
        var command = new Command("start", "Runs a kernel. Jupyter and VS Code call this.") { file };
        command.OnError(async (r, _) =>
        {
            await Kernel.RunAsync(r.GetValue(file)!).ConfigureAwait(false);
            return 0;
        });
        return command;
    }
}
