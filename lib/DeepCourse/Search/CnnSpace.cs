using static TorchSharp.torch;

namespace DeepCourse.Search;

/// <summary>The search space: which networks there are, which are neighbours, and how one is built.</summary>
public static class CnnSpace
{
    private static readonly int[] StageChoices = [1, 2, 3], ConvolutionChoices = [1, 2], WidthChoices = [4, 8, 16],
        KernelChoices = [3, 5];

    /// <summary>All networks of the space: 72.</summary>
    public static IReadOnlyList<CnnDesign> All { get; } =
    [
        .. from stages in StageChoices
           from convolutions in ConvolutionChoices
           from width in WidthChoices
           from kernel in KernelChoices
           from norm in new[] { false, true }
           select new CnnDesign(stages, convolutions, width, kernel, norm),
    ];

    /// <summary>Any of them.</summary>
    public static CnnDesign Draw(Random random) => All[random.Next(All.Count)];

    /// <summary>A neighbour: one of the five choices made differently.</summary>
    public static CnnDesign Mutate(CnnDesign design, Random random)
    {
        while (true)
        {
            var child = random.Next(5) switch
            {
                0 => design with { Stages = Other(StageChoices, random) },
                1 => design with { Convolutions = Other(ConvolutionChoices, random) },
                2 => design with { Width = Other(WidthChoices, random) },
                3 => design with { Kernel = Other(KernelChoices, random) },
                _ => design with { BatchNorm = !design.BatchNorm },
            };
            if (child != design) return child;
        }
    }

    private static int Other(int[] choices, Random random) => choices[random.Next(choices.Length)];

    /// <summary>The network of a design, for images of one channel, with PyTorch's own initial weights; the caller disposes
    /// it.</summary>
    /// <param name="design">Its choices.</param>
    /// <param name="classes">How many classes it tells apart.</param>
    public static nn.Module<Tensor, Tensor> Build(CnnDesign design, int classes = 10)
    {
        var layers = new List<(string, nn.Module<Tensor, Tensor>)>();
        var channels = 1;
        for (var stage = 0; stage < design.Stages; stage++)
        {
            for (var i = 0; i < design.Convolutions; i++)
            {
                var width = design.Width << stage;
                layers.Add(($"conv{stage + 1}_{i + 1}", nn.Conv2d(channels, width, design.Kernel, padding: design.Kernel / 2)));
                if (design.BatchNorm) layers.Add(($"norm{stage + 1}_{i + 1}", nn.BatchNorm2d(width)));
                layers.Add(($"relu{stage + 1}_{i + 1}", nn.ReLU()));
                channels = width;
            }
            layers.Add(($"pool{stage + 1}", nn.MaxPool2d(2)));
        }
        layers.Add(("mean", nn.AdaptiveAvgPool2d((3, 3))));
        layers.Add(("flatten", nn.Flatten()));
        layers.Add(("fc", nn.Linear(channels * 9, classes)));
        return nn.Sequential(layers);
    }
}
