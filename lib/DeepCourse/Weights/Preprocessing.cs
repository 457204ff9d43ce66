using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>What an image goes through before it meets a network that was trained on ImageNet: the shorter side to a size, the
/// middle cut out, colours normalised.</summary>
/// <param name="Resize">The shorter side after resizing, in pixels.</param>
/// <param name="Crop">Side of the square that is cut out of the middle, in pixels.</param>
/// <param name="Mean">What is subtracted, by channel, of values in [0, 1].</param>
/// <param name="Deviation">By what the difference is divided.</param>
public sealed record Preprocessing(int Resize, int Crop, IReadOnlyList<float> Mean, IReadOnlyList<float> Deviation)
{
    /// <summary>256, 224, and the mean and standard deviation of ImageNet's training images.</summary>
    public static Preprocessing ImageNet { get; } = new(256, 224, [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>The part of a picture that the network will see, crop×crop.</summary>
    public Picture View(Picture picture)
    {
        var scale = (double)Resize / Math.Min(picture.Width, picture.Height);
        // torchvision cuts the longer side's fraction off, and rounds where it cuts.
        var (width, height) = (Math.Max(Resize, (int)(picture.Width * scale + 1e-9)),
            Math.Max(Resize, (int)(picture.Height * scale + 1e-9)));
        return picture.Resize(width, height)
            .Crop((int)Math.Round((height - Crop) / 2.0), (int)Math.Round((width - Crop) / 2.0), Crop, Crop);
    }

    /// <summary>A batch 1×3×crop×crop of the picture, for the network; the caller disposes it. A grey picture gets its channel
    /// three times.</summary>
    public Tensor Apply(Picture picture)
    {
        using var scope = NewDisposeScope();
        var values = View(picture).ToTensor();
        if (picture.Channels == 1) values = values.expand(3, Crop, Crop);
        var (mean, deviation) = (tensor([.. Mean], [3, 1, 1]), tensor([.. Deviation], [3, 1, 1]));
        return ((values - mean) / deviation).unsqueeze(0).MoveToOuterDisposeScope();
    }
}
