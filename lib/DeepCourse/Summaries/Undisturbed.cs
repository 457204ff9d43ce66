using DeepCourse.Models;
using DeepCourse.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// A network in evaluation mode, and with memory, until this is disposed; then its modes, its buffers and the random numbers to
/// come are what they were. One at a time: a second thread waits.
/// </summary>
internal sealed class Undisturbed : IDisposable
{
    private readonly Stack<Action> _restore = [];

    /// <summary>What stands in for weights without memory; null where all have some.</summary>
    public StandIns? StandIns { get; }

    public Undisturbed(nn.Module network)
    {
        _restore.Push(SeededRandom.Begin(0).Dispose);
        try
        {
            var scope = NewDisposeScope();
            _restore.Push(scope.Dispose);
            foreach (var buffer in network.buffers().Where(b => b.device_type != DeviceType.META && b.numel() > 0).ToList())
            {
                var was = buffer.detach().clone();
                _restore.Push(() =>
                {
                    using var noGrad = no_grad();
                    if (!buffer.IsInvalid && !Equal(buffer, was)) buffer.copy_(was);
                });
            }
            var modes = Modes.Evaluation(network);
            _restore.Push(modes.Dispose);
            if (!Weighted.IsWithoutMemory(network)) return;
            StandIns = new StandIns(network);
            _restore.Push(StandIns.Dispose);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static bool Equal(Tensor a, Tensor b)
    {
        using var equal = a.eq(b);
        using var all = equal.all();
        return all.item<bool>();
    }

    public void Dispose()
    {
        while (_restore.TryPop(out var restore)) restore();
    }
}
