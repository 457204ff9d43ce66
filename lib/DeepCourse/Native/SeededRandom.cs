using static TorchSharp.torch;

namespace DeepCourse.Native;

/// <summary>
/// A stretch of code in which libtorch's random numbers (dropout, new weights) are those of a seed; afterwards they go on as if
/// nothing had happened. There is one generator in the process, so that one such stretch waits for another one's to end, but for
/// what is done in its own course, also on other threads, which it may be waiting for.
/// (On graphics processors, whose state TorchSharp can't read, the generator stays seeded.)
/// </summary>
internal sealed class SeededRandom : IDisposable
{
    private static readonly SemaphoreSlim Gate = new(1);
    private static readonly AsyncLocal<SeededRandom?> Around = new();

    private readonly SeededRandom? _around = Open;
    private readonly Tensor _before;
    private volatile bool _isOver;

    /// <summary>The stretch in whose course this is; one that is over, which a task may have left behind, is none.</summary>
    private static SeededRandom? Open => Around.Value is { _isOver: false } around ? around : null;

    private SeededRandom(long seed)
    {
        _before = random.get_rng_state().DetachFromDisposeScope();
        random.manual_seed(seed).Dispose();
        Around.Value = this;
    }

    /// <summary>Begins to draw by a seed, until this is disposed.</summary>
    public static SeededRandom Begin(long seed)
    {
        if (Open is not null) return new SeededRandom(seed);
        Gate.Wait();
        try
        {
            return new SeededRandom(seed);
        }
        catch
        {
            Gate.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        random.set_rng_state(_before);
        _before.Dispose();
        Around.Value = _around;
        _isOver = true;
        if (_around is null) Gate.Release();
    }
}
