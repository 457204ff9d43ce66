namespace DeepCourse.Models;

/// <summary>What a residual network repeats.</summary>
public enum ResidualBlock
{
    /// <summary>Two convolutions of 3×3.</summary>
    Basic,

    /// <summary>1×1 to a quarter of the channels, 3×3, 1×1 back: cheaper where channels are many.</summary>
    Bottleneck,
}
