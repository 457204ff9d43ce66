namespace DeepCourse.Vision;

/// <summary>
/// Grey test pictures that are known exactly: drawn by formula, white (1) on black (0), with edges that are smooth over one
/// pixel. What a kernel makes of them can be said before it is computed.
/// </summary>
public static class Shapes
{
    /// <summary>A filled circle in the middle.</summary>
    /// <param name="side">The picture's height and width in pixels.</param>
    /// <param name="radius">In pixels.</param>
    /// <exception cref="ArgumentException">A side below 1.</exception>
    public static Picture Disc(int side, double radius) => Draw(side, (x, y) => radius - Math.Sqrt(x * x + y * y));

    /// <summary>A filled square in the middle, turned by <paramref name="degrees"/>.</summary>
    /// <param name="side">The picture's height and width in pixels.</param>
    /// <param name="edge">The length of the square's edge in pixels.</param>
    /// <param name="degrees">Against the clock.</param>
    /// <exception cref="ArgumentException">A side below 1.</exception>
    public static Picture Square(int side, double edge, double degrees = 0)
    {
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        return Draw(side, (x, y) => edge / 2 - Math.Max(Math.Abs(x * cosine - y * sine), Math.Abs(x * sine + y * cosine)));
    }

    /// <summary>Stripes, black and white in turn.</summary>
    /// <param name="side">The picture's height and width in pixels.</param>
    /// <param name="period">From one white stripe to the next, in pixels.</param>
    /// <param name="degrees">Which way they run: 0 from left to right, 90 upright.</param>
    /// <exception cref="ArgumentException">A side below 1, or a period that is not positive.</exception>
    public static Picture Stripes(int side, double period, double degrees = 0)
    {
        if (!(period > 0))
            throw new ArgumentException($"The period of stripes is positive; this one is {period}.", nameof(period));
        var (sine, cosine) = Math.SinCos(degrees * Math.PI / 180);
        return Draw(side, (x, y) => period / 4 - Math.Abs(Math.IEEERemainder(y * cosine - x * sine, period)));
    }

    /// <summary>A board of black and white squares; the upper left one is white.</summary>
    /// <param name="side">The picture's height and width in pixels.</param>
    /// <param name="cell">The side of a square, in pixels.</param>
    /// <exception cref="ArgumentException">A side or cell below 1.</exception>
    public static Picture Checkerboard(int side, int cell)
    {
        if (cell < 1)
            throw new ArgumentException($"The squares of a checkerboard have at least one pixel; these have {cell}.",
                nameof(cell));
        return Fill(side, (row, column) => (row / cell + column / cell) % 2 == 0 ? 1 : 0);
    }

    /// <summary>Brightness that grows evenly from black on the left to white on the right.</summary>
    /// <param name="side">The picture's height and width in pixels.</param>
    /// <exception cref="ArgumentException">A side below 1.</exception>
    public static Picture Ramp(int side) => Fill(side, (_, column) => side > 1 ? column / (float)(side - 1) : 0);

    // How far inside the shape a pixel's middle lies, seen from the picture's middle with y upwards: half a pixel in is white,
    // half a pixel out is black.
    private static Picture Draw(int side, Func<double, double, double> inside)
    {
        var middle = (side - 1) / 2.0;
        return Fill(side, (row, column) => (float)Math.Clamp(inside(column - middle, middle - row) + 0.5, 0, 1));
    }

    private static Picture Fill(int side, Func<int, int, float> value)
    {
        if (side < 1)
            throw new ArgumentException($"A picture has at least one pixel on each side; this one would have {side}.",
                nameof(side));
        using var pixels = TorchSharp.torch.tensor([.. Enumerable.Range(0, side * side).Select(i => value(i / side, i % side))],
            [side, side]);
        return Picture.FromTensor(pixels);
    }
}
