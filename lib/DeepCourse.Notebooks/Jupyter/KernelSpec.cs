using System.Text.Json.Nodes;
using DeepCourse.Native;
using DeepCourse.Notebooks.Engine;

namespace DeepCourse.Notebooks.Jupyter;

/// <summary>How a kernel is started: what a <c>kernel.json</c> says.</summary>
/// <param name="Command">The program and its arguments; "{connection_file}" stands for the connection file's path.</param>
/// <param name="DisplayName">What people see in a list of kernels.</param>
/// <param name="Language">The language that notebooks name.</param>
/// <param name="Environment">Variables that the process gets besides those of its parent.</param>
public sealed record KernelSpec(
    IReadOnlyList<string> Command,
    string DisplayName,
    string Language,
    IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The name under which notebooks ask for this kernel.</summary>
    public const string DefaultName = "deepcourse-csharp";

    /// <summary>This course's kernel, run by the <c>deepcourse</c> program in <paramref name="folder"/>.</summary>
    /// <param name="folder">The folder that holds DeepCourse.Cli.dll; this program's own by default.</param>
    /// <exception cref="FileNotFoundException">The program is not there.</exception>
    public static KernelSpec Own(string? folder = null)
    {
        var program = Path.Combine(folder ?? AppContext.BaseDirectory, "DeepCourse.Cli.dll");
        if (!File.Exists(program))
            throw new FileNotFoundException($"The kernel's program is missing: {program}. Build it: dotnet build -c Release",
                program);
        // What somebody chose for this process is chosen for its kernels.
        var environment = (Arithmetic.IsKeptToAvx2 ? Arithmetic.SafeEnvironment : new Dictionary<string, string>())
            .ToDictionary(e => e.Key,
            e => System.Environment.GetEnvironmentVariable(e.Key) is { Length: > 0 } chosen ? chosen : e.Value);
        // Once a tenth of a second has brought no new method, the runtime optimizes those that are called often. Every cell is
        // new: the compiler would stay slow as long as cells come. So: the gaps between them.
        environment["DOTNET_TC_CallCountingDelayMs"] = "3";
        // The compiler's own methods come first in that queue, and a student's function waits behind them: fewer of them, then.
        // (All these numbers are hexadecimal.)
        environment["DOTNET_TC_CallCountThreshold"] = "C8";
        // What cells bring is watched from its first run on, and then made as fast as a program; what was compiled ahead of time
        // is not watched, which would cost the start.
        environment["DOTNET_TieredPGO"] = "1";
        environment["DOTNET_TieredPGO_InstrumentOnlyHotCode"] = "0";
        // guards against injected code, at a tenth of the time to the first result; here strangers' code is what is run
        environment["DOTNET_EnableWriteXorExecute"] = "0";
        // a thread that has nothing to do leaves its processor to the client
        environment["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0";
        // Overrides what the program itself says, which starts everywhere.
        if (Icu.IsInstalled)
            environment[Icu.Switch] = System.Environment.GetEnvironmentVariable(Icu.Switch) is { Length: > 0 } chosen
                ? chosen
                : "0";
        return new KernelSpec([DotNetHost.Path, program, "kernel", "start", "{connection_file}"], "C# (DeepCourse)", "C#",
            environment);
    }

    /// <summary>The kernel.json of this specification.</summary>
    public JsonObject ToJson() => new()
    {
        ["argv"] = new JsonArray([.. Command.Select(c => (JsonNode)c)]),
        ["display_name"] = DisplayName,
        ["language"] = Language,
        ["interrupt_mode"] = "message",
        ["env"] = new JsonObject(Environment.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)e.Value))),
        ["metadata"] = new JsonObject { ["debugger"] = false },
    };
}
