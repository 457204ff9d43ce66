using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>
/// Images side by side, each with a caption: <c>new ImageGrid().Add("photograph", photo).Add("edges", edges,
/// Scale.AroundZero)</c>.
/// </summary>
/// <param name="columns">How many stand in a row, where the page is wide enough.</param>
public sealed class ImageGrid(int columns = 4) : Figure
{
    private readonly List<(string Caption, Picture Picture, string Range)> _images = [];

    /// <summary>Adds a picture, and returns this grid.</summary>
    public ImageGrid Add(string caption, Picture picture)
    {
        _images.Add((caption, picture, $"{picture.Width}×{picture.Height}"));
        return this;
    }

    /// <summary>Adds a tensor H×W, 1×H×W or 3×H×W, which stays the caller's, and returns this grid.</summary>
    /// <param name="caption">What it is.</param>
    /// <param name="image">Its values; any range.</param>
    /// <param name="scale">How they become brightness.</param>
    public ImageGrid Add(string caption, Tensor image, Scale scale = Scale.Clip)
    {
        using var scope = NewDisposeScope();
        var values = image.detach().to(ScalarType.Float32).cpu();
        float low = values.min().item<float>(), high = values.max().item<float>();
        var shown = scale switch
        {
            Scale.Stretch => high > low ? (values - low) / (high - low) : values * 0,
            Scale.AroundZero => Large(values) is > 0 and var large ? values / (2 * large) + 0.5f : values * 0 + 0.5f,
            _ => values,
        };
        _images.Add(
            (caption, Picture.FromTensor(shown),
                $"{image.shape[^1]}×{image.shape[^2]}, values {Numbers.Show(low)} to {Numbers.Show(high)}"));
        return this;
    }

    /// <summary>The channels of a tensor C×H×W side by side, such as a layer's feature maps or, as K×F×F, its filters.</summary>
    /// <param name="channels">C×H×W. It stays the caller's.</param>
    /// <param name="name">What a channel is called; its number follows.</param>
    /// <param name="scale">How values become brightness.</param>
    /// <param name="columns">How many stand in a row.</param>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public static ImageGrid OfChannels(Tensor channels, string name = "channel", Scale scale = Scale.Stretch, int columns = 8)
    {
        if (channels.ndim != 3)
            throw new ArgumentException(
                $"Channels are a tensor C×H×W; this one is {string.Join('×', channels.shape)}. Take one image of a batch "
                    + "with x[0].", nameof(channels));
        using var scope = NewDisposeScope();
        var grid = new ImageGrid(columns);
        for (var c = 0; c < channels.shape[0]; c++)
            grid.Add($"{name} {c}", channels[c], scale);
        return grid;
    }

    /// <summary>The magnitude that 99 of 100 values stay below: the few strongest edges would leave the others grey in
    /// grey.</summary>
    private static float Large(Tensor values)
    {
        var magnitudes = values.abs().flatten();
        var nearlyAll = magnitudes.kthvalue(Math.Max(1, magnitudes.numel() * 99 / 100), 0).values.item<float>();
        return nearlyAll > 0 ? nearlyAll : magnitudes.max().item<float>();
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var width = $"calc(100% / {Math.Max(1, Math.Min(columns, _images.Count))})";
        return Element("div", ("style", "display:flex;flex-wrap:wrap;align-items:flex-start;"), _images.Select(image =>
            Element("figure",
                ("style", $"flex:0 1 {width};min-width:72px;box-sizing:border-box;margin:0;padding:4px;text-align:center;"),
                image.Picture.ToImage($"{image.Caption}: {image.Range}", pixelated: image.Picture.Width < 200,
                    fill: image.Picture.Width < 200),
                Element("figcaption", ("style", "font-size:16px;"), image.Caption),
                Element("div", ("style", "font-size:16px;opacity:.75;"), image.Range))));
    }

    /// <inheritdoc/>
    public override string ToText() =>
        $"{_images.Count} images: {string.Join("; ", _images.Select(i => $"{i.Caption} ({i.Range})"))}.";
}
