using DeepCourse.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>Networks with published weights.</summary>
internal static class Pretraining
{
    /// <summary>
    /// Gives a network on the meta device memory and published weights. Where it tells another number of classes apart than they
    /// do, its last layer is left out and drawn anew, as PyTorch draws a linear layer.
    /// </summary>
    /// <param name="network">The network, on the meta device. It is disposed when it can't have the weights.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="classes">How many classes the network tells apart.</param>
    /// <param name="head">The name of its last layer, which is a linear one.</param>
    /// <param name="seed">Of the new last layer.</param>
    /// <param name="device">Where the network is to live; the CPU when left out.</param>
    public static TNetwork Load<TNetwork, T>(
        TNetwork network,
        PretrainedWeights<T> weights,
        int classes,
        string head,
        long seed,
        Device? device) where TNetwork : nn.Module where T : Published<T>
    {
        if (device?.type == DeviceType.META) return network;
        try
        {
            if (classes == weights.Classes.Count)
            {
                network.LoadWeights(weights.Fetch());
            }
            else
            {
                network.LoadWeights(weights.Fetch(), except: head);
                using var noGrad = no_grad();
                using var generator = new Generator((ulong)seed);
                Initialization.Uniform((Linear)network.named_modules().Single(m => m.name == head).module, generator);
            }
            network.to(device.Or());
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
