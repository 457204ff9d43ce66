namespace DeepCourse.Native;

/// <summary>What is known of a machine's AVX-512 arithmetic.</summary>
public enum ArithmeticVerdict
{
    /// <summary>Not checked since the machine booted.</summary>
    Unknown,

    /// <summary>Every repetition gave the same finite numbers, or the processor has no AVX-512.</summary>
    Right,

    /// <summary>Results differed: libtorch is kept to AVX2.</summary>
    Wrong,
}
