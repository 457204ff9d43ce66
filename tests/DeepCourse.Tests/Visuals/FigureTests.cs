using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

public sealed class FigureTests
{
    [Fact]
    public void Convolution_steps_tell_their_arithmetic_in_words()
    {
        using var image = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } });
        Assert.Equal("""
            Convolution step by step: the kernel “Sobel vertical” (3×3) slides over an image of 3×3 with stride 1 and padding 0, which gives 1×1 outputs.
            image:
              1  2  3
              4  5  6
              7  8  9
            kernel:
              −1   0   1
              −2   0   2
              −1   0   1
            first window: 1·(−1) + 2·0 + 3·1 + 4·(−2) + 5·0 + 6·2 + 7·(−1) + 8·0 + 9·1 = 8
            output:
              8
            """.ReplaceLineEndings("\n"), new ConvolutionSteps(image, Kernels.SobelVertical).ToText());
    }

    [Fact]
    public void Convolution_steps_agree_with_the_library_at_every_stride_and_padding()
    {
        using var image = arange(25, ScalarType.Float32).reshape(5, 5);
        foreach (var (stride, padding) in new[] { (1, 0), (2, 1), (1, 2) })
        {
            using var output = Convolution.Apply(image, Kernels.Sharpen, stride, padding);
            var rows = new ConvolutionSteps(image, Kernels.Sharpen, stride, padding).ToText().Split("output:\n")[1].Split('\n');
            var shown = rows.SelectMany(r => r.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(n => float.Parse(n.Replace('−', '-')));
            Assert.Equal(output.data<float>().ToArray(), shown);
        }
    }

    [Fact]
    public void An_image_with_too_many_numbers_is_refused_with_the_way_out()
    {
        using var photo = zeros(300, 451);
        Assert.Contains("x[..8, ..8]", Assert.Throws<ArgumentException>(() => new ConvolutionSteps(photo, Kernels.Identity)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_fetch_nothing_and_have_an_alternative_text()
    {
        using var image = zeros(4, 4);
        var html = new FigureRow(new ConvolutionSteps(image, Kernels.Sharpen), Kernels.Sharpen, new ImageGrid().Add("zeros", image, Scale.AroundZero)).ToHtml().ToString();
        Assert.DoesNotContain("http", html.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("aria-label=", html, StringComparison.Ordinal);
        Assert.Contains("alt=\"zeros", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flat_image_around_zero_is_middle_grey_and_a_bright_edge_does_not_hide_the_others()
    {
        using var values = zeros(10, 100);
        values[0, 0] = 1000;
        values[5] = 1;
        Assert.Equal("1 images: edges (100×10, values 0 to 1000).", new ImageGrid().Add("edges", values, Scale.AroundZero).ToText());
    }
}
