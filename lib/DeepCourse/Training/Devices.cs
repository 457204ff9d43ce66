using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Where to compute.</summary>
public static class Devices
{
    /// <summary>CUDA, or Apple's MPS, where this machine and this build of libtorch have one; else the CPU.</summary>
    public static Device Fastest => cuda.is_available() ? CUDA : mps_is_available() ? MPS : CPU;

    /// <summary>Where a network is: where its first parameter is, and the CPU if it has none.</summary>
    internal static Device Of(nn.Module network) => network.parameters().FirstOrDefault()?.device ?? CPU;
}
