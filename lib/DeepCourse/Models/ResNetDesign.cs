namespace DeepCourse.Models;

/// <summary>A residual network in one line.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Block">What it repeats.</param>
/// <param name="Blocks">How often, in each stage; a stage after the first halves height and width and doubles the
/// channels.</param>
public sealed record ResNetDesign(string Name, ResidualBlock Block, IReadOnlyList<int> Blocks)
{
    /// <summary>Channels of an image.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Channels of the first stage, before a bottleneck's factor of 4.</summary>
    public int Width { get; init; } = 64;

    /// <summary>For 28×28 or 32×32: a first convolution of 3×3 without stride, and no first pooling.</summary>
    public bool ForSmallImages { get; init; }

    /// <summary>Without the shortcuts it is a plain network of the same layers: what the paper compares with.</summary>
    public bool HasShortcuts { get; init; } = true;

    /// <summary>The networks of the paper (He et al. 2016, table 1).</summary>
    private static readonly ResNetDesign[] Paper =
    [
        new("ResNet18", ResidualBlock.Basic, [2, 2, 2, 2]),
        new("ResNet34", ResidualBlock.Basic, [3, 4, 6, 3]),
        new("ResNet50", ResidualBlock.Bottleneck, [3, 4, 6, 3]),
        new("ResNet101", ResidualBlock.Bottleneck, [3, 4, 23, 3]),
        new("ResNet152", ResidualBlock.Bottleneck, [3, 8, 36, 3]),
    ];

    internal static ResNetDesign Of(string name) => Paper.Single(d => d.Name == name);
}
