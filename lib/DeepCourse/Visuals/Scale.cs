namespace DeepCourse.Visuals;

/// <summary>How values become brightness.</summary>
public enum Scale
{
    /// <summary>0 is black and 1 is white; what lies outside is cut off.</summary>
    Clip,

    /// <summary>The smallest value is black and the largest is white.</summary>
    Stretch,

    /// <summary>0 is middle grey; negative values are darker and positive ones lighter, alike. The strongest hundredth is cut
    /// off.</summary>
    AroundZero,
}
