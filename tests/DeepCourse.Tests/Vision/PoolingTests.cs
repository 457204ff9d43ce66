using CsCheck;
using static TorchSharp.torch;

namespace DeepCourse.Vision;

public sealed class PoolingTests
{
    [Fact]
    public void Any_window_and_stride_agrees_with_the_definition() =>
        Gen.Select(Gen.Int[1, 10], Gen.Int[1, 10], Gen.Int[1, 4], Gen.Int[1, 4])
            .Where(t => Math.Min(t.Item1, t.Item2) >= t.Item3)
            .Sample((height, width, window, stride) =>
        {
            using var scope = NewDisposeScope();
            var image = randn(2, height, width);
            var pixels = image.data<float>().ToArray();
            var (largest, mean) = (Pooling.Max(image, window, stride), Pooling.Average(image, window, stride));
            Assert.Equal([2, Convolution.OutputSize(height, window, stride), Convolution.OutputSize(width, window, stride)],
                largest.shape);
            Assert.Equal(largest.shape, mean.shape);
            var (maxima, means) = (largest.data<float>().ToArray(), mean.data<float>().ToArray());
            for (var at = 0; at < maxima.Length; at++)
            {
                var (channel, row, column) = (at / (largest.shape[1] * largest.shape[2]),
                    at / largest.shape[2] % largest.shape[1], at % largest.shape[2]);
                var values = Enumerable.Range(0, window * window)
                    .Select(i => pixels[(channel * height + row * stride + i / window) * width + column * stride + i % window])
                    .ToList();
                Assert.Equal(values.Max(), maxima[at]);
                Assert.Equal(values.Average(), means[at], 1e-5f);
            }
        }, iter: 200, threads: 1);

    [Fact]
    public void A_window_that_does_not_fit_and_a_batch_are_refused_with_the_way_out()
    {
        using var small = zeros(2, 2);
        Assert.Contains("does not fit", Assert.Throws<ArgumentException>(() => Pooling.Max(small, 3)).Message,
            StringComparison.Ordinal);
        using var batch = zeros(1, 1, 4, 4);
        Assert.Contains("x[0]", Assert.Throws<ArgumentException>(() => Pooling.Average(batch)).Message, StringComparison.Ordinal);
    }
}
