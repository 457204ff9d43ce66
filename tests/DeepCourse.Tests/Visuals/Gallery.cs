using DeepCourse.Display;
using DeepCourse.Search;
using DeepCourse.Summaries;
using DeepCourse.Training;
using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>Every figure of the library once or more, always the same, with fractions, negative and large numbers.</summary>
internal static class Gallery
{
    public static IReadOnlyList<Figure> All()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        Tensor Rand(params long[] size) => rand(size, generator: generator);
        var photo = Data.Photographs.Chelsea.Crop(0, 0, 96, 96);
        using var network = Models.LeNet5.Create(device: META);
        var summary = network.Summary(1, 28, 28);
        var table = summary.ToLayerTable();
        return
        [
            new RollingConvolution("x", x => Math.Exp(-x * x), x => Math.Sin(9 * x)),
            new TensorConvolution(Rand(3, 7, 7) - 0.5, Rand(4, 3, 3, 3) - 0.5, padding: 1), new PoolingSteps(Rand(12, 12) - 0.5),
            new ConvolutionSteps(Rand(5, 5) - 0.5, Kernels.Sharpen), Kernels.SobelVertical,
            new KernelLearning(Kernels.Sharpen).Add(0, zeros(9), 1).Add(5, ones(3, 3) * -0.3, 0.1),
            new KernelLearning(Kernels.Sharpen), new PixelCorrelation([photo], 1, 2, 4),
            new KernelPlayground(Data.Photographs.Camera, Kernels.SobelVertical),
            new ReceptiveFieldFigure(photo, ReceptiveField.Of(96, new ReceptiveField.Layer2D("conv", 3)))
                .AddEffective(1, Rand(96, 96)),
            new ActivationCurves(Models.Activation.All),
            new TensorBoxes().Add("s", tensor(-1.5f)).Add("five", zeros([2, 3, 4, 5, 6])),
            new TreeFigure(new TreeNode("root", "1", new TreeNode("leaf", "2"))),
            new Ridgelines("x", -1.5, 1).Add("a", Rand(100)).Add("b", -Rand(100)),
            new ConfusionMatrix("c", tensor(new long[] { 0, 1, 1 }), tensor(new long[] { 0, 1, 0 }), ["a", "b"]),
            new SizeFormula(6, 3, 2), new AnnotatedPicture("p", photo).Add(new Vision.Box(0, 1, 2, 3, 4), "thing"),
            new GradientFigure(photo), ImageGrid.OfChannels(Rand(3, 5, 5) - 0.5), new FigureRow(new SizeFormula(9, 3)),
            new DropoutFigure(), new BatchNormLines([1, -2, 4.5f]), new NumberTable("t", ["a"], [["some words"]]), photo,
            new ProgressFigure("download", 1234.5, 5000, "MB"), summary, table, new ArchitectureFigure(summary),
            new TableComparison(table, [.. table.Rows.Select((r, i) => i == 0 ? null : (long?)(r.Parameters + i * 1000 - 1500))],
                12_345_678),
            Training("first", 1), new TrainingChart(Training("first", 1), Training("", -1)),
            new LearningRateCurve([.. Enumerable.Range(0, 60).Select(i => (Math.Pow(10, -5 + i / 12.0), Loss(i)))]),
            new SearchFigure(
                [("random", [Tried(0, 0.71, 1200), Tried(40, 0.853, 21_000)]), ("evolution", [Tried(70, 0.9, 140_000)])],
                ("LeNet-5", 61_706, 0.88)),
        ];

        static double Loss(int step) => step < 40 ? 2.3 - step * 0.03 : 1.1 + (step - 40) * 0.2;
        static Candidate Tried(int design, double accuracy, long parameters) => new(CnnSpace.All[design], accuracy, parameters);
    }

    /// <summary>A training of twelve epochs that nobody ran.</summary>
    public static History Training(string name, double sign)
    {
        var history = new History { Name = name, Restored = 9, Reason = StopReason.Stopped, Message = "Stopped early." };
        for (var e = 1; e <= 12; e++)
            history.Add(new EpochResult(e, new Dictionary<string, double>
            {
                [Measured.TrainingLoss] = 2.3 / e,
                ["training accuracy"] = 1 - 0.9 / e,
                [Measured.ValidationLoss] = 2.4 / e + sign * 0.02 * e,
                ["validation accuracy"] = 0.95 - 0.9 / e,
                [Measured.Seconds] = 1234.5,
                [Measured.LearningRate] = 0.001 / e,
            }), [1.5f, 0.5f]);
        return history;
    }
}
