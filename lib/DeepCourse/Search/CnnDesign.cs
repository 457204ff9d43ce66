namespace DeepCourse.Search;

/// <summary>A small convolutional network in five choices: a point of the search space.</summary>
/// <param name="Stages">Stages of convolutions, each ending in pooling that halves the image: 1 to 3.</param>
/// <param name="Convolutions">Convolutions in a stage: 1 or 2.</param>
/// <param name="Width">Channels of the first stage; each further stage has twice as many.</param>
/// <param name="Kernel">Side of the kernels.</param>
/// <param name="BatchNorm">Whether batch norm follows every convolution.</param>
public sealed record CnnDesign(int Stages, int Convolutions, int Width, int Kernel, bool BatchNorm)
{
    /// <summary>Such as "2 stages × 1 conv 3×3, 16 channels up, batch norm".</summary>
    public override string ToString() =>
        $"{Stages} stage{(Stages == 1 ? "" : "s")} × {Convolutions} conv {Kernel}×{Kernel}, {Width} channels "
            + $"up{(BatchNorm ? ", batch norm" : "")}";
}
