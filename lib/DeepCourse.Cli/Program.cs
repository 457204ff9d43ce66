using System.CommandLine;
using DeepCourse.Cli;

// The assembly's public face is the command line: parse, call, print.
var root = new RootCommand("DeepCourse: a deep-learning course in C# notebooks. 'run notebooks' executes the lecture.")
{
    RunCommand.Create(),
    KernelCommand.Create(),
    DoctorCommand.Create(),
};
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
