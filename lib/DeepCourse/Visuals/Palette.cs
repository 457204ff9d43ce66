using DeepCourse.Display;

namespace DeepCourse.Visuals;

/// <summary>
/// The colours of the course: each idea has one, the same in every figure. From Okabe and Ito's palette (2008), which people with
/// any kind of colour blindness can tell apart, and which holds on white and on black.
/// </summary>
public static class Palette
{
    /// <summary>What goes into a layer.</summary>
    public const string Input = Grid.Negative;

    /// <summary>The weights.</summary>
    public const string Kernel = Grid.Positive;

    /// <summary>What comes out.</summary>
    public const string Output = "#009E73";

    /// <summary>What flows back.</summary>
    public const string Gradient = "#CC79A7";

    /// <summary>Training.</summary>
    public const string Training = "#56B4E9";

    /// <summary>Validation.</summary>
    public const string Validation = "#D55E00";
}
