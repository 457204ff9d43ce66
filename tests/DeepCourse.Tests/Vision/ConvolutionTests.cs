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
        using var sum = Convolution.Apply(image, Kernels.SobelHorizontal, padding: 1) + Convolution.Apply(image, Kernels.Identity, padding: 1);
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
    public void Any_size_stride_and_padding_agrees_with_conv2d() =>
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
                var theirs = nn.functional.conv2d(image.unsqueeze(1), kernel.ToTensor().reshape(1, 1, rows, columns), strides: [stride, stride], padding: [padding, padding]).squeeze(1);
                Assert.Equal(theirs.shape, ours.shape);
                Assert.True(ours.allclose(theirs, atol: 1e-5));
                var flipped = Convolution.Apply(image, kernel, stride, padding, flip: true);
                Assert.True(flipped.allclose(Convolution.Apply(image, kernel.Rotate180(), stride, padding)));
            }, iter: 300, threads: 1);

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
    public void Sizes_that_make_no_sense_are_refused_with_the_way_out(int input, int kernel, int stride, int padding, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Convolution.OutputSize(input, kernel, stride, padding)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_batch_is_refused_with_the_way_out()
    {
        using var batch = randn(1, 1, 4, 4);
        Assert.Contains("x[0]", Assert.Throws<ArgumentException>(() => Convolution.Apply(batch, Kernels.Identity)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var image = randn(8, 8);
        Convolution.Apply(image, Kernels.Sharpen).Dispose();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 10; i++) Convolution.Apply(image, Kernels.Sharpen).Dispose();
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
