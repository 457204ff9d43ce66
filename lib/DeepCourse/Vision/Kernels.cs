namespace DeepCourse.Vision;

/// <summary>Kernels that have a name.</summary>
public static class Kernels
{
    /// <summary>Leaves the image as it is.</summary>
    public static Kernel Identity { get; } = new("identity", new float[,] { { 0, 0, 0 }, { 0, 1, 0 }, { 0, 0, 0 } });

    /// <summary>Horizontal edges: the rows below minus the rows above (Sobel and Feldman, 1968). Zero where the image is
    /// flat.</summary>
    public static Kernel SobelHorizontal { get; } = new("Sobel horizontal",
        new float[,] { { -1, -2, -1 }, { 0, 0, 0 }, { 1, 2, 1 } });

    /// <summary>Vertical edges: the columns to the right minus the columns to the left (Sobel and Feldman, 1968). Zero where the
    /// image is flat.</summary>
    public static Kernel SobelVertical { get; } = new("Sobel vertical",
        new float[,] { { -1, 0, 1 }, { -2, 0, 2 }, { -1, 0, 1 } });

    /// <summary>
    /// A misprint that is worth seeing: Sobel with a 1 in its centre, which is Sobel plus identity. Flat areas keep their
    /// brightness.
    /// </summary>
    public static Kernel SobelPlusIdentity { get; } = new("Sobel plus identity",
        new float[,] { { -1, -2, -1 }, { 0, 1, 0 }, { 1, 2, 1 } });

    /// <summary>Sharpens: five times the pixel minus its four neighbours, which is the image plus its (negative)
    /// Laplacian.</summary>
    public static Kernel Sharpen { get; } = new("sharpen", new float[,] { { 0, -1, 0 }, { -1, 5, -1 }, { 0, -1, 0 } });
}
