namespace DeepCourse.Data;

/// <summary>Seeds made of a seed: of an epoch, of a step. Neighbours have nothing in common.</summary>
internal static class Seeds
{
    /// <summary>A seed that depends on all three (the finalizer of SplitMix64, Steele, Lea and Flood 2014, after each); never
    /// negative.</summary>
    public static long Mix(long seed, long a, long b) => (long)(Mix(Mix(Mix((ulong)seed) + (ulong)a) + (ulong)b) >> 1);

    private static ulong Mix(ulong z)
    {
        z += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
