using DeepCourse.Native;
var t = System.Diagnostics.Stopwatch.StartNew();
Libtorch.Load();
Console.WriteLine($"load {t.ElapsedMilliseconds} ms");
Console.WriteLine(TorchSharp.torch.ones(2, 3).ToString(TorchSharp.TensorStringStyle.Numpy));
Console.WriteLine($"{t.ElapsedMilliseconds} ms; tuned {Allocator.IsTuned}; {Arithmetic.Verdict}");
Console.WriteLine(Arithmetic.Check());
Console.WriteLine($"{t.ElapsedMilliseconds} ms; {Arithmetic.Verdict}");
