using System.Runtime.InteropServices;
using DeepCourse.Native;
using TorchSharp;
using TorchSharp.Modules;

namespace DeepCourse.Summaries;

/// <summary>
/// What makes two parameters one: their memory. Without memory, on the meta device, it is libtorch's own tensor behind the handle
/// (a handle is the address of a pointer to it).
/// </summary>
internal static class ParameterPlace
{
    public static TensorMemory.Place Of(Parameter parameter) =>
        parameter.device_type == DeviceType.META || parameter.numel() == 0
            ? new(Marshal.ReadIntPtr(parameter.Handle), 0)
            : TensorMemory.Of(parameter);
}
