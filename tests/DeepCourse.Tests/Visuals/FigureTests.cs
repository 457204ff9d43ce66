using System.Reflection;
using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

public sealed class FigureTests
{
    [Fact]
    public void Convolution_steps_tell_their_arithmetic_in_words()
    {
        using var image = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } });
        Assert.Equal("Convolution step by step: the kernel “Sobel vertical” (3×3) slides over an image of 3×3 with stride 1 and "
            + "padding 0, which gives 1×1 outputs.\n" + """
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
            var shown = rows.SelectMany(r => r.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(n => float.Parse(n.Replace('−', '-')));
            Assert.Equal(output.data<float>().ToArray(), shown);
        }
    }

    [Fact]
    public void An_image_with_too_many_numbers_is_refused_with_the_way_out()
    {
        using var photo = zeros(300, 451);
        Assert.Contains("x[..8, ..8]",
            Assert.Throws<ArgumentException>(() => new ConvolutionSteps(photo, Kernels.Identity)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Figures_fetch_nothing_and_have_an_alternative_text()
    {
        using var image = zeros(4, 4);
        var html = new FigureRow(new ConvolutionSteps(image, Kernels.Sharpen), Kernels.Sharpen,
            new ImageGrid().Add("zeros", image, Scale.AroundZero)).ToHtml().ToString();
        Assert.DoesNotContain("http", html.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("aria-label=", html, StringComparison.Ordinal);
        Assert.Contains("alt=\"zeros", html, StringComparison.Ordinal);
    }

    /// <summary>The images of a figure as they are drawn.</summary>
    private static List<Picture> Drawn(Display.Figure figure) =>
        [.. System.Text.RegularExpressions.Regex.Matches(figure.ToHtml().ToString(), "base64,([^\"]+)")
            .Select(m => Picture.Load(new MemoryStream(Convert.FromBase64String(m.Groups[1].Value))))];

    [Fact]
    public void A_flat_image_around_zero_is_middle_grey_and_a_bright_edge_does_not_hide_the_others()
    {
        using var scope = NewDisposeScope();
        var flat = Assert.Single(Drawn(new ImageGrid().Add("flat", zeros(4, 6), Scale.AroundZero)));
        Assert.All(flat.Values.ToArray(), v => Assert.Equal(0.5, v, 0.003));
        var values = zeros(10, 100);
        (values[0, 0], values[5], values[7]) = (tensor(1000f), tensor(1f), tensor(-1f));
        var grid = new ImageGrid().Add("edges", values, Scale.AroundZero);
        Assert.Equal("1 images: edges (100×10, values −1 to 1000).", grid.ToText());
        var edges = Assert.Single(Drawn(grid));
        Assert.Equal(1, edges[0, 0, 0]);
        Assert.Equal(0.5, edges[0, 3, 50], 0.003);
        Assert.InRange(edges[0, 5, 50], 0.9, 1);
        Assert.Equal(1, edges[0, 5, 50] + edges[0, 7, 50], 0.005); // darker as much as lighter
    }

    [Fact]
    public void Scales_draw_what_they_promise()
    {
        using var scope = NewDisposeScope();
        var values = tensor(new float[,] { { -1, 0, 1, 3 } });
        var drawn = Drawn(new ImageGrid().Add("clip", values).Add("stretch", values, Scale.Stretch)
            .Add("flat", ones(1, 4) * 7, Scale.Stretch));
        Assert.Equal([0, 0, 1, 1], drawn[0].Values[..4].ToArray()); // one channel of three alike
        Assert.All(drawn[1].Values[..4].ToArray().Zip([0, 0.25, 0.5, 1]), p => Assert.Equal(p.Second, p.First, 0.003));
        Assert.Equal([0, 0, 0, 0], drawn[2].Values[..4].ToArray());
    }

    [Fact]
    public void Pictures_and_kernels_know_nothing_of_the_figures_that_draw_with_them()
    {
        var vision = typeof(Picture).Assembly.GetTypes().Where(t => t.Namespace == typeof(Picture).Namespace);
        const BindingFlags all = BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public
            | BindingFlags.NonPublic;
        var used = vision.SelectMany(t => t.GetMethods(all).Cast<MethodBase>().Concat(t.GetConstructors(all)))
            .SelectMany(Called)
            .Where(t => t?.Namespace == typeof(ImageGrid).Namespace)
            .Select(t => t!.Name);
        Assert.Empty(used);
        Assert.Contains(typeof(Picture), typeof(AnnotatedPicture).GetMethods(all).SelectMany(Called)); // it does find uses

        static IEnumerable<Type?> Called(MethodBase method)
        {
            var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
            for (var i = 0; i + 5 <= code.Length; i++)
            {
                if (code[i] is not (0x28 or 0x6F or 0x73)) continue; // call, callvirt, newobj
                Type? owner = null;
                try
                {
                    owner = method.Module.ResolveMethod(BitConverter.ToInt32(code, i + 1),
                        method.DeclaringType!.GetGenericArguments(),
                        method.IsGenericMethod ? method.GetGenericArguments() : [])?.DeclaringType;
                }
                catch (Exception e) when (e is ArgumentException or BadImageFormatException)
                {
                    // The byte was part of an operand.
                }
                yield return owner;
            }
        }
    }

    [Fact]
    public void Two_boxes_roll_into_a_triangle()
    {
        static double Box(double x) => Math.Abs(x) <= 0.5 ? 1 : 0;
        Assert.Equal(
            "box ∗ box: f stands still, g is turned round and slides over it by t from −2 to 2. The area under their product, (f "
                + "∗ g)(t), is 0 at the beginning, largest at t = 0 with 1, and 0 at the end.",
            new RollingConvolution("box ∗ box", Box, Box, -2, 2).ToText());
        Assert.Contains("finite",
            Assert.Throws<ArgumentException>(() => new RollingConvolution("1/x", x => double.NaN, Box)).Message,
            StringComparison.Ordinal);
        Assert.Contains("larger than its beginning",
            Assert.Throws<ArgumentException>(() => new RollingConvolution("x", Box, Box, 1, 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_number_by_number_agrees_with_conv2d()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var (image, kernels, bias) = (randint(-3, 4, [3, 5, 5]).to(float32), randint(-2, 3, [2, 3, 3, 3]).to(float32),
            tensor(new float[] { 1, -2 }));
        var expected = nn.functional.conv2d(image.unsqueeze(0), kernels, bias, strides: [2, 2], padding: [1, 1])[0];
        var text = new TensorConvolution(image, kernels, bias, 2, 1).ToText();
        var shown = text.Split('\n')
            .Where(l => l.StartsWith("  ", StringComparison.Ordinal))
            .SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(n => float.Parse(n.Replace('−', '-')));
        Assert.Equal(expected.data<float>().ToArray(), shown);
        Assert.StartsWith("A convolutional layer: an image of 5×5×3, 2 filters of 3×3×3, stride 2, padding 1: 3×3×2 outputs.",
            text, StringComparison.Ordinal);
        Assert.Contains("as many slices as it has channels",
            Assert.Throws<ArgumentException>(() => new TensorConvolution(image, kernels[.., ..1])).Message,
            StringComparison.Ordinal);
        Assert.Contains("too many numbers",
            Assert.Throws<ArgumentException>(() => new TensorConvolution(zeros(3, 28, 28), kernels)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Pooling_steps_agree_with_the_library()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new float[,] { { 1, 3, 2, 1 }, { 5, 6, 7, 8 }, { 3, 2, 1, 0 }, { 1, 2, 3, 4 } });
        Assert.EndsWith("first: row 0, column 0: the largest of 1, 3, 5, 6 is 6\noutput:\n  6  8\n  3  4",
            new PoolingSteps(image).ToText(), StringComparison.Ordinal);
        Assert.EndsWith("output:\n  3.75   4.5\n     2     2", new PoolingSteps(image, PoolingKind.Average).ToText(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_size_formula_says_when_it_does_not_divide_and_what_would_fit()
    {
        Assert.Equal("W2 = (W1 − F + 2P)/S + 1 = (5 − 3 + 2·1)/2 + 1 = 3", new SizeFormula(5, 3, 2, 1).ToText());
        var odd = new SizeFormula(6, 3, 2);
        Assert.Equal((2, 1), (odd.Output, odd.LeftOver));
        Assert.EndsWith(
            "does not divide: 3 by 2 leaves 1. Libraries round down, and 1 row and column of the padded image is never looked "
                + "at. It fits with stride 1 or 3.", odd.ToText(), StringComparison.Ordinal);
        Assert.Contains("does not fit", Assert.Throws<ArgumentException>(() => new SizeFormula(2, 3).ToText()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_confusion_matrix_counts_and_names_the_worst()
    {
        using var scope = NewDisposeScope();
        var matrix = new ConfusionMatrix("test", tensor(new long[] { 0, 1, 1, 1, 0 }), tensor(new long[] { 0, 1, 0, 0, 1 }),
            ["cat", "dog"]);
        Assert.Equal(0.4, matrix.Accuracy, 1e-9);
        Assert.Equal("test: 40.0 % of 5 right. Most often wrong: cat taken for dog 2 times, dog taken for cat 1 times.",
            matrix.ToText());
        Assert.Contains("argmax",
            Assert.Throws<ArgumentException>(() => new ConfusionMatrix("x", zeros(2, 2), zeros(2), ["a"])).Message,
            StringComparison.Ordinal);
        Assert.Contains("0 to 1",
            Assert.Throws<ArgumentException>(() => new ConfusionMatrix("x", tensor(new long[] { 5 }), tensor(new long[] { 0 }),
                ["a", "b"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Correlation_is_one_for_stripes_along_the_row_and_falls_for_noise()
    {
        using var scope = NewDisposeScope();
        var stripes = Picture.FromTensor(rand(64, 1).expand(64, 64));
        Assert.Equal(1, new PixelCorrelation([stripes], 7).Correlations[7], 1e-4);
        Assert.InRange(new PixelCorrelation([Picture.FromTensor(rand(64, 64))], 1).Correlations[1], -0.1, 0.1);
        Assert.Contains("narrowest", Assert.Throws<ArgumentException>(() => new PixelCorrelation([stripes], 64)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_norm_s_four_lines_give_what_the_layer_gives()
    {
        using var scope = NewDisposeScope();
        float[] x = [0.5f, -1, 3, 2.5f, 0];
        var lines = new BatchNormLines(x, gamma: 1.5, beta: 0.5);
        using var layer = nn.BatchNorm1d(1);
        layer.weight = nn.Parameter(tensor(new[] { 1.5f }));
        layer.bias = nn.Parameter(tensor(new[] { 0.5f }));
        var expected = layer.call(tensor(x).reshape(-1, 1)).data<float>().ToArray();
        for (var i = 0; i < x.Length; i++) Assert.Equal(expected[i], lines.Output[i], 1e-4);
        Assert.Equal(1, lines.Mean, 1e-9);
        Assert.Equal(2.3, lines.Variance, 1e-6);
        Assert.Contains("normalize", lines.ToText(), StringComparison.Ordinal);
        Assert.Contains("no spread", Assert.Throws<ArgumentException>(() => new BatchNormLines([1f])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Dropout_s_masks_leave_inputs_and_outputs_alone_and_its_scale_is_told()
    {
        var text = new DropoutFigure(0.75, [3, 40, 2]).ToText();
        Assert.Contains("of a network 3–40–2", text, StringComparison.Ordinal);
        Assert.Contains("multiplied by 1/(1 − p) = 4", text, StringComparison.Ordinal);
        Assert.Contains("of 40", text, StringComparison.Ordinal);
        Assert.Contains("step 1: 0 of 10", new DropoutFigure(0).ToText(), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new DropoutFigure(1));
        Assert.Throws<ArgumentException>(() => new DropoutFigure(0.5, [3, 2]));
    }

    [Fact]
    public void A_table_of_numbers_lines_up_in_words()
    {
        var table = new NumberTable("scores", ["who", "points"], [["a", "9"], ["longer", "10"]]) { Marked = 1 };
        Assert.Equal("scores\nwho     points\na            9\nlonger      10", table.ToText());
        Assert.Contains("font-weight:bold;background", table.ToHtml().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_figure_fetches_nothing_says_itself_in_words_and_stays_under_200_KB()
    {
        foreach (var figure in Gallery.All())
        {
            var html = figure.ToHtml().ToString();
            Assert.InRange(html.Length, 20, 200_000);
            Assert.DoesNotContain("http", html, StringComparison.Ordinal);
            Assert.True(figure.ToText().Length > 10, figure.GetType().Name);
            Assert.Equal(html, figure.ToHtml().ToString());
        }
    }
}
