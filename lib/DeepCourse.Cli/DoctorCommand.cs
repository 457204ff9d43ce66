using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using DeepCourse.Native;
using DeepCourse.Notebooks.Jupyter;
using Spectre.Console;

namespace DeepCourse.Cli;

/// <summary><c>deepcourse doctor</c>: is this machine fit for the course?</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var arithmetic = new Option<bool>("--arithmetic") { Description = "Only check the processor's arithmetic, and keep the verdict for this machine." };
        var command = new Command("doctor", "Checks this machine: whether libtorch loads, the allocator is tuned, and the processor computes rightly.") { arithmetic };
        command.OnError((r, _) => Task.FromResult(r.GetValue(arithmetic) ? CheckArithmetic() : Examine()));
        return command;
    }

    /// <summary>Has the machine's arithmetic checked, once per boot, in a process of its own; says so where libtorch is kept to AVX2.</summary>
    public static void EnsureMachineIsChecked()
    {
        Arithmetic.Ensure(() =>
        {
            var command = KernelSpec.Own().Command;
            return new ProcessStartInfo(command[0], [command[1], "doctor", "--arithmetic"]);
        });
        if (Arithmetic.Notice is { } notice) Console.WriteLine(notice);
    }

    private static int CheckArithmetic()
    {
        var wrong = Arithmetic.Check();
        Console.WriteLine(wrong == 0 ? $"{Arithmetic.Tries} convolutions gave the same result." : $"{wrong} of {Arithmetic.Tries} convolutions gave another result than the first: libtorch is kept to AVX2 from now on.");
        return 0;
    }

    private static int Examine()
    {
        Libtorch.Load();
        EnsureMachineIsChecked();
        var table = new Table().Border(Progress.Border).AddColumn("what").AddColumn("here");
        table.AddRow("system", Markup.Escape($"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} processors"));
        table.AddRow(".NET", Environment.Version.ToString());
        table.AddRow("libtorch", $"{TorchSharp.torch.__version__}, loaded");
        table.AddRow("threads", $"{TorchSharp.torch.get_num_threads()}");
        table.AddRow("allocator", Allocator.IsTuned ? $"tuned ({Allocator.Switch}=off leaves it alone)" : "left alone");
        table.AddRow("arithmetic", Arithmetic.Verdict == ArithmeticVerdict.Wrong ? "AVX-512 is wrong here; kept to AVX2" : "right");
        table.AddRow("GPU", TorchSharp.torch.cuda.is_available() ? "CUDA" : "none; the course needs none");
        table.AddRow("cache", Markup.Escape(UserFolders.Cache));
        Progress.Print(table);
        return 0;
    }
}
