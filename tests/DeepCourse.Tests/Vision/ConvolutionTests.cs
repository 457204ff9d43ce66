using CsCheck;
using static TorchSharp.torch;

namespace DeepCourse.Vision;

public sealed class ConvolutionTests
{
    [Fact]
    public void Sobel_of_a_constant_image_is_zero()
    {
        using var flat = full(5, 5, 7f);
        using var edges = Convolution.Apply(flat, Kernels.SobelHorizontal);
        Assert.Equal(0, edges.abs().max().item<float>());
    }

    [Fact]
    public void The_misprinted_Sobel_is_Sobel_plus_identity()
    {
        using var image = randn(6, 6);
        using var sum = Convolution.Apply(image, Kernels.SobelHorizontal, padding: 1)
            + Convolution.Apply(image, Kernels.Identity, padding: 1);
        using var printed = Convolution.Apply(image, Kernels.SobelPlusIdentity, padding: 1);
        Assert.True(printed.allclose(sum, atol: 1e-5));
    }

    [Fact]
    public void The_identity_gives_the_image_back()
    {
        using var image = randn(3, 4, 5);
        using var same = Convolution.Apply(image, Kernels.Identity, padding: 1);
        Assert.True(same.allclose(image));
    }

    [Fact]
    public void Any_size_stride_and_padding_agrees_with_the_definition() =>
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 4], Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[1, 3])
            .Where(t => t.Item1 + 2 * t.Item6 >= t.Item3 && t.Item2 + 2 * t.Item6 >= t.Item4)
            .Sample((height, width, rows, columns, stride, padding, channels) =>
            {
                using var scope = NewDisposeScope();
                var image = randn(channels, height, width);
                var weights = new float[rows, columns];
                for (var i = 0; i < weights.Length; i++) weights[i / columns, i % columns] = MathF.Sin(i + 1);
                var kernel = new Kernel("any", weights);
                var ours = Convolution.Apply(image, kernel, stride, padding);
                Assert.Equal([channels, Convolution.OutputSize(height, rows, stride, padding),
                    Convolution.OutputSize(width, columns, stride, padding)], ours.shape);
                var pixels = image.data<float>().ToArray();
                float Pixel(long channel, long row, long column) =>
                    row < 0 || column < 0 || row >= height || column >= width
                        ? 0
                        : pixels[(channel * height + row) * width + column];
                var values = ours.data<float>().ToArray();
                for (var at = 0; at < values.Length; at++)
                {
                    var (channel, row, column) = (at / (ours.shape[1] * ours.shape[2]), at / ours.shape[2] % ours.shape[1],
                        at % ours.shape[2]);
                    var sum = 0f;
                    for (var i = 0; i < rows; i++)
                        for (var j = 0; j < columns; j++)
                            sum += weights[i, j] * Pixel(channel, row * stride - padding + i, column * stride - padding + j);
                    Assert.Equal(sum, values[at], 1e-4f);
                }
                var flipped = Convolution.Apply(image, kernel, stride, padding, flip: true);
                Assert.True(flipped.allclose(Convolution.Apply(image, kernel.Rotate180(), stride, padding)));
            }, iter: 300, threads: 1);

    [Fact]
    public void Two_series_are_convolved_as_digits_are_multiplied()
    {
        using var scope = NewDisposeScope();
        // 12 · 34 = 408
        Assert.Equal([3, 10, 8],
            Convolution.Apply(tensor(new float[] { 1, 2 }), tensor(new float[] { 3, 4 })).data<float>().ToArray());
        Assert.Equal([0, 1, 2.5f, 4, 1.5f],
            Convolution.Apply(tensor(new float[] { 1, 2, 3 }), tensor(new float[] { 0, 1, 0.5f })).data<float>().ToArray());
        Assert.Contains("one dimension", Assert.Throws<ArgumentException>(() => Convolution.Apply(zeros(2, 2), zeros(2))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_even_kernel_gives_an_even_smaller_image_and_a_kernel_larger_than_it_is_refused()
    {
        using var image = randn(5, 6);
        using var output = Convolution.Apply(image, new Kernel("even", new float[2, 2]));
        Assert.Equal([4, 5], output.shape);
        Assert.Contains("does not fit",
            Assert.Throws<ArgumentException>(() => Convolution.Apply(image, new Kernel("large", new float[7, 7]))).Message,
            StringComparison.Ordinal);
        using var one = ones(1, 1);
        using var same = Convolution.Apply(one, Kernels.Sharpen, padding: 1);
        Assert.Equal(5, same.item<float>());
    }

    [Theory]
    [InlineData(5, 3, 2, 1, 3)] // the slide's example
    [InlineData(224, 7, 2, 3, 112)]
    [InlineData(6, 3, 1, 0, 4)]
    [InlineData(6, 3, 2, 0, 2)] // does not divide: the last column is never looked at
    public void The_size_formula_gives_known_sizes(int input, int kernel, int stride, int padding, int output) =>
        Assert.Equal(output, Convolution.OutputSize(input, kernel, stride, padding));

    [Theory]
    [InlineData(2, 3, 1, 0, "does not fit")]
    [InlineData(5, 3, 0, 0, "at least 1")]
    [InlineData(5, 3, 1, -1, "at least 0")]
    public void Sizes_that_make_no_sense_are_refused_with_the_way_out(
    int input,
    int kernel,
    int stride,
    int padding,
    string expected) =>
        Assert.Contains(expected,
            Assert.Throws<ArgumentException>(() => Convolution.OutputSize(input, kernel, stride, padding)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_batch_is_refused_with_the_way_out()
    {
        using var batch = randn(1, 1, 4, 4);
        Assert.Contains("x[0]", Assert.Throws<ArgumentException>(() => Convolution.Apply(batch, Kernels.Identity)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var image = randn(8, 8);
        Convolution.Apply(image, Kernels.Sharpen).Dispose();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var picture = Picture.FromTensor(image);
        for (var i = 0; i < 10; i++)
        {
            Convolution.Apply(image, Kernels.Sharpen).Dispose();
            Convolution.Apply(picture, Kernels.Sharpen).Dispose();
            Pooling.Max(image).Dispose();
        }
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
