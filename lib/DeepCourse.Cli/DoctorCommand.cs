using System.CommandLine;
using System.Runtime.InteropServices;
using DeepCourse.Native;
using Spectre.Console;

namespace DeepCourse.Cli;

/// <summary><c>deepcourse doctor</c>: is this machine fit for the course?</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var arithmetic = new Option<bool>(
            "--arithmetic")
        {
            Description = "Only check the processor: repeat a convolution and count what differs, with the instructions that "
                + "libtorch uses now."
        };
        var command = new Command("doctor",
            "Checks this machine: whether libtorch loads, the allocator is tuned, and which instructions it uses.") {
            arithmetic };
        command.OnError((r, _) => r.GetValue(arithmetic) ? CheckArithmeticAsync() : Task.FromResult(Examine()));
        return command;
    }

    private static async Task<int> CheckArithmeticAsync()
    {
        const int tries = 20_000;
        var wrong = 0;
        await Progress.WaitAsync("Repeating a convolution (about ten seconds)",
            () => Task.Run(() => wrong = Arithmetic.CountWrong(tries))).ConfigureAwait(false);
        Console.WriteLine(wrong == 0
            ? $"{tries:N0} convolutions gave the same result."
            : $"{wrong:N0} of {tries:N0} convolutions gave another result than the first. Keep to AVX2: ONEDNN_MAX_CPU_ISA=AVX2 "
                + "ATEN_CPU_CAPABILITY=avx2");
        return wrong == 0 ? 0 : 1;
    }

    private static int Examine()
    {
        Libtorch.Load();
        var table = new Table().Border(Progress.Border).AddColumn("what").AddColumn("here");
        table.AddRow("system",
            Markup.Escape(
                $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}, {Environment.ProcessorCount} "
                    + "processors"));
        table.AddRow(".NET", Environment.Version.ToString());
        table.AddRow("libtorch", $"{TorchSharp.torch.__version__}, loaded");
        table.AddRow("threads", $"{TorchSharp.torch.get_num_threads()}");
        table.AddRow("allocator", Allocator.IsTuned ? $"tuned ({Allocator.Switch}=off leaves it alone)" : "left alone");
        table.AddRow("instructions",
            Arithmetic.IsKeptToAvx2
                ? $"{Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY")} (AVX-512 is not trusted in a virtual machine)"
                : "all that the processor has");
        table.AddRow("languages",
            Icu.IsInstalled
                ? "ICU found: cells have cultures by name, such as new CultureInfo(\"de-DE\")"
                : "no ICU: cells have the invariant culture only (Debian: apt install libicu72)");
        table.AddRow("GPU", TorchSharp.torch.cuda.is_available() ? "CUDA" : "none; the course needs none");
        table.AddRow("cache", Markup.Escape(UserFolders.Cache));
        Progress.Print(table);
        return 0;
    }
}
