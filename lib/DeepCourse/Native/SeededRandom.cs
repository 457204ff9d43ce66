using static TorchSharp.torch;

namespace DeepCourse.Native;

/// <summary>
/// A stretch of code in which libtorch's random numbers (dropout, new weights) are those of a seed; afterwards they go on as if
/// nothing had happened. There is one generator in the process, so that one such stretch waits for another thread's to end.
/// (On graphics processors, whose state TorchSharp can't read, the generator stays seeded.)
/// </summary>
internal sealed class SeededRandom : IDisposable
{
    private static readonly object Gate = new();
    private readonly Tensor _before;

    private SeededRandom(long seed)
    {
        _before = random.get_rng_state().DetachFromDisposeScope();
        random.manual_seed(seed).Dispose();
    }

    /// <summary>Begins to draw by a seed, until this is disposed, on the same thread.</summary>
    public static SeededRandom Begin(long seed)
    {
        Monitor.Enter(Gate);
        try
        {
            return new SeededRandom(seed);
        }
        catch
        {
            Monitor.Exit(Gate);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        random.set_rng_state(_before);
        _before.Dispose();
        Monitor.Exit(Gate);
    }
}
