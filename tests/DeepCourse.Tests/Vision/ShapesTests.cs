namespace DeepCourse.Vision;

public sealed class ShapesTests
{
    private static double Area(Picture picture) => picture.Values.ToArray().Sum(v => (double)v);

    [Fact]
    public void Areas_are_those_of_geometry()
    {
        Assert.Equal(Math.PI * 20 * 20, Area(Shapes.Disc(64, 20)), 3.0);
        Assert.Equal(24 * 24, Area(Shapes.Square(64, 24)), 0.01);
        Assert.Equal(24 * 24, Area(Shapes.Square(64, 24, 30)), 3.0);
        Assert.Equal(64 * 64 / 2, Area(Shapes.Stripes(64, 8)), 64 * 2.0);
        Assert.Equal(64 * 64 / 2, Area(Shapes.Checkerboard(64, 8)), 1e-3);
    }

    [Fact]
    public void Stripes_run_as_they_are_told()
    {
        static (double Down, double Right) Change(Picture picture)
        {
            double Largest(Kernel kernel)
            {
                using var edges = Convolution.Apply(picture, kernel); return edges.abs()
                .max()
                .item<float>();
            }
            return (Largest(Kernels.SobelHorizontal), Largest(Kernels.SobelVertical));
        }
        var (down, right) = Change(Shapes.Stripes(40, 10));
        Assert.True(down > 1 && right < 1e-5);
        (down, right) = Change(Shapes.Stripes(40, 10, 90));
        Assert.True(right > 1 && down < 1e-5);
        // Upwards to the right, as 45 degrees are in school.
        var slanted = Shapes.Stripes(41, 10, 45);
        Assert.Equal(slanted[0, 20, 20], slanted[0, 15, 25], 1e-5);
        Assert.NotEqual(slanted[0, 20, 20], slanted[0, 23, 23], 0.5);
        Assert.Equal([0f, 0.5f, 1f], Shapes.Ramp(3).Values[..3].ToArray());
    }

    [Fact]
    public void Sizes_that_make_no_picture_are_refused()
    {
        Assert.Contains("at least one pixel", Assert.Throws<ArgumentException>(() => Shapes.Disc(0, 3)).Message,
            StringComparison.Ordinal);
        Assert.Contains("positive", Assert.Throws<ArgumentException>(() => Shapes.Stripes(8, 0)).Message,
            StringComparison.Ordinal);
        Assert.Contains("at least one pixel", Assert.Throws<ArgumentException>(() => Shapes.Checkerboard(8, 0)).Message,
            StringComparison.Ordinal);
    }
}
