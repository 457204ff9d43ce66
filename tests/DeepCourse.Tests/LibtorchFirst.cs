using System.Runtime.CompilerServices;
using DeepCourse.Native;

namespace DeepCourse;

/// <summary>Tests may begin with a tensor, and libtorch has to be prepared before it.</summary>
internal static class LibtorchFirst
{
    [ModuleInitializer]
    internal static void Prepare() => Libtorch.Prepare();
}
