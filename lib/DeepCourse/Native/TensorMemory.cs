using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Native;

/// <summary>
/// Where a tensor's values lie. TorchSharp's properties, such as <c>layer.weight</c>, make a new handle at each call, so that two
/// handles say nothing about whether two tensors are one; their memory does.
/// </summary>
internal static class TensorMemory
{
    /// <summary>A piece of memory: where it is, and how many values are seen through the tensor.</summary>
    internal readonly record struct Place(nint Address, long Count);

    /// <summary>Where a tensor's values lie. A tensor without memory (empty, or on the meta device) has a place of its
    /// own.</summary>
    public static Place Of(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.META || tensor.numel() == 0) return new Place(tensor.Handle, 0);
        using var scope = NewDisposeScope(); // a storage holds a tensor
        nint storage = tensor.dtype switch
        {
            ScalarType.Float32 => tensor.storage<float>().data_ptr(),
            ScalarType.Float64 => tensor.storage<double>().data_ptr(),
            ScalarType.Int64 => tensor.storage<long>().data_ptr(),
            ScalarType.Int32 => tensor.storage<int>().data_ptr(),
            ScalarType.Byte => tensor.storage<byte>().data_ptr(),
            _ => 0,
        };
        return storage != 0
            ? new Place(storage + (nint)(tensor.storage_offset() * tensor.ElementSize), tensor.numel())
            : new Place(OnCpu(tensor), tensor.numel());
    }

    /// <summary>The tensors, each piece of memory once: tied weights are one.</summary>
    public static IEnumerable<T> DistinctByMemory<T>(this IEnumerable<T> tensors) where T : Tensor => tensors.DistinctBy(Of);

    /// <summary>TorchSharp has no storage of half-precision numbers; their bytes it shows on the CPU alone.</summary>
    private static unsafe nint OnCpu(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || !tensor.is_contiguous()) return tensor.Handle;
        fixed (byte* first = tensor.bytes) return (nint)first;
    }
}
