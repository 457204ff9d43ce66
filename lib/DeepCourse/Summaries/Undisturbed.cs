using DeepCourse.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// A network in evaluation mode, and with memory, until this is disposed; then its modes, its buffers and the random numbers to
/// come are what they were. One at a time: a second thread waits.
/// </summary>
internal sealed class Undisturbed : IDisposable
{
    private static readonly Lock OneAtATime = new();
    private readonly Stack<Action> _restore = [];

    /// <summary>What stands in for weights without memory; null where all have some.</summary>
    public StandIns? StandIns { get; }

    public Undisturbed(nn.Module network)
    {
        OneAtATime.Enter();
        _restore.Push(OneAtATime.Exit);
        try
        {
            var scope = NewDisposeScope();
            _restore.Push(scope.Dispose);
            var random = torch.random.get_rng_state();
            _restore.Push(() =>
            {
                // Only where the network drew some: other threads may draw, too.
                if (!Equal(random, torch.random.get_rng_state())) torch.random.set_rng_state(random);
            });
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
