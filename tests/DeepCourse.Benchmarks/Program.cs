using System.CommandLine;
using DeepCourse.Benchmarks;

// Every speed here is a ratio against a named baseline in the same run: machines differ and are noisy.
var root = new RootCommand("What the course claims about its speed, measured on this machine.") { NativeBenchmark.Create(),
    KernelBenchmark.Create(), VisionBenchmark.Create(), ModelsBenchmark.Create(), TrainingBenchmark.Create(),
    HeadlineBenchmark.Create() };
return await root.Parse(args).InvokeAsync().ConfigureAwait(false);
