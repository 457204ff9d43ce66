using DeepCourse.Display;
using SkiaSharp;
using static TorchSharp.torch;

namespace DeepCourse.Vision;

/// <summary>
/// An image in memory, grey or colour, between files (PNG, JPEG), tensors and the screen. It never changes: every operation gives
/// a new one. Values are floats in [0, 1], in the order C×H×W that networks use.
/// </summary>
public sealed class Picture : Figure
{
    /// <summary>The most pixels that a picture may have, 100 million: as floats in three channels that is 1.2 GB.</summary>
    public const long MostPixels = 100_000_000;

    private const int LosslessPixels = 40_000; // beyond that a photograph is stored as JPEG: a figure should stay under 200 KB

    private readonly float[] _values;

    private Picture(int channels, int height, int width, float[] values)
    {
        (Channels, Height, Width) = (channels, height, width);
        _values = values;
    }

    /// <summary>1 for grey, 3 for red, green and blue.</summary>
    public int Channels { get; }

    /// <summary>Rows of pixels.</summary>
    public int Height { get; }

    /// <summary>Columns of pixels.</summary>
    public int Width { get; }

    /// <summary>The value at a channel, row and column, in [0, 1].</summary>
    public float this[int channel, int row, int column] => _values[(channel * Height + row) * Width + column];

    /// <summary>All values, in the order C×H×W.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>
    /// Reads a PNG or JPEG file. A picture that is marked as turned (EXIF, in a PNG as well) comes upright; what is transparent
    /// comes as it looks on white paper; a file without colour (grey, with transparency or without) comes with one channel, one
    /// with a palette with three. Of 16 bits the upper eight count.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no image, or it is truncated.</exception>
    public static Picture Load(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException(
                $"There is no picture at {Path.GetFullPath(path)}. A relative path begins at the folder of the notebook.", path);
        using var stream = File.OpenRead(path);
        return Load(stream, path);
    }

    /// <summary>Reads a PNG or JPEG from <paramref name="stream"/>; <paramref name="name"/> is what messages call it.</summary>
    /// <exception cref="InvalidDataException">It is no image, it is truncated, or it has more than
    /// <see cref="MostPixels"/>.</exception>
    public static Picture Load(Stream stream, string name = "the picture")
    {
        using var file = SKData.Create(stream);
        if (file is null || file.IsEmpty) throw new InvalidDataException($"{name} is empty. Copy or download it again.");
        var png = PngHeader.Of(file.AsSpan());
        using var codec = SKCodec.Create(file);
        if (codec is null)
            throw new InvalidDataException(png is not null || file.AsSpan() is [0xFF, 0xD8, 0xFF, ..]
                ? $"{name} begins as a picture and can't be read on: it is truncated or damaged. Copy or download it again."
                : $"{name} is not an image that can be read here (PNG, JPEG, GIF, BMP, WebP).");
        if ((long)codec.Info.Width * codec.Info.Height > MostPixels)
            throw new InvalidDataException(
                $"{name} has {codec.Info.Width}×{codec.Info.Height} pixels; up to {MostPixels:N0} can be read here. Make it "
                    + "smaller in an image program.");
        var isGrey = png?.IsGrey ?? codec.Info.ColorType == SKColorType.Gray8;
        using var bitmap = new SKBitmap(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var result = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        if (result == SKCodecResult.IncompleteInput)
            throw new InvalidDataException($"{name} ends in the middle: it is truncated. Copy or download it again.");
        if (result != SKCodecResult.Success)
            throw new InvalidDataException(
                $"{name} can't be decoded ({result}): it is damaged. Copy or download it again, or open it in an image program "
                    + "and save it anew.");
        var origin = codec.EncodedOrigin == SKEncodedOrigin.Default && png is not null ? png.Origin : codec.EncodedOrigin;
        return Upright(FromRgba(bitmap.GetPixelSpan(), bitmap.Height, bitmap.Width, isGrey ? 1 : 3), origin);
    }

    /// <summary>A picture of a tensor H×W, 1×H×W or 3×H×W; values outside [0, 1] are clipped. The tensor stays the
    /// caller's.</summary>
    /// <exception cref="ArgumentException">The tensor has another shape.</exception>
    public static Picture FromTensor(Tensor tensor)
    {
        var shape = tensor.shape;
        if (shape.Length is not (2 or 3) || (shape.Length == 3 && shape[0] is not (1 or 3)))
            throw new ArgumentException(
                $"A picture is made of a tensor H×W, 1×H×W or 3×H×W; this one is {string.Join('×', shape)}. Take one image of a "
                    + "batch with x[0], and one channel with x[0, c].", nameof(tensor));
        var values = tensor.ToFloats();
        for (var i = 0; i < values.Length; i++) values[i] = Math.Clamp(values[i], 0, 1);
        return new Picture(shape.Length == 3 ? (int)shape[0] : 1, (int)shape[^2], (int)shape[^1], values);
    }

    /// <summary>A picture of values C×H×W with one or three channels; those outside [0, 1] are cut off where it is drawn or
    /// saved.</summary>
    /// <exception cref="ArgumentException">Another number of channels.</exception>
    public static Picture FromValues(float[,,] values) => values.GetLength(0) is 1 or 3
        ? new Picture(values.GetLength(0), values.GetLength(1), values.GetLength(2), [.. values.Cast<float>()])
        : throw new ArgumentException($"A picture has one channel or three; these are {values.GetLength(0)}.", nameof(values));

    /// <summary>The picture as a new tensor C×H×W of floats in [0, 1]; the caller disposes it.</summary>
    public Tensor ToTensor() => tensor(_values, [Channels, Height, Width]);

    /// <summary>The picture's own memory as a tensor C×H×W, without a copy, for those who only read it; the caller disposes
    /// it.</summary>
    internal Tensor View()
    {
        using var flat = frombuffer(_values, ScalarType.Float32);
        return flat.reshape(Channels, Height, Width);
    }

    /// <summary>The picture with one channel: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).</summary>
    public Picture ToGrey()
    {
        if (Channels == 1) return this;
        var size = Height * Width;
        var grey = new float[size];
        for (var i = 0; i < size; i++)
            grey[i] = 0.299f * _values[i] + 0.587f * _values[size + i] + 0.114f * _values[2 * size + i];
        return new Picture(1, Height, Width, grey);
    }

    /// <summary>The part that begins at a row and column.</summary>
    /// <exception cref="ArgumentException">It lies outside the picture.</exception>
    public Picture Crop(int row, int column, int height, int width)
    {
        if (row < 0 || column < 0 || height < 1 || width < 1 || row + height > Height || column + width > Width)
            throw new ArgumentException(
                $"Rows {row} to {row + height} and columns {column} to {column + width} are not all inside a picture of {Height} "
                    + $"rows and {Width} columns.");
        return Remap(height, width, (r, c) => (row + r, column + c));
    }

    /// <summary>The picture in another size. Making it smaller averages, making it larger interpolates.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size below one pixel.</exception>
    public Picture Resize(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        using var source = ToBitmap();
        using var target = source.Resize(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        return FromRgba(target.GetPixelSpan(), height, width, Channels);
    }

    /// <summary>Writes a PNG or JPEG file, by the ending of <paramref name="path"/>.</summary>
    /// <exception cref="ArgumentException">Another ending.</exception>
    public void Save(string path)
    {
        var format = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => SKEncodedImageFormat.Png,
            ".jpg" or ".jpeg" => SKEncodedImageFormat.Jpeg,
            var other => throw new ArgumentException($"A picture is saved as .png or .jpg; '{other}' is neither.", nameof(path)),
        };
        File.WriteAllBytes(path, Encode(format, 95));
    }

    /// <summary>The picture as an element <c>img</c> that holds it, with a text for those who can't see it.</summary>
    /// <param name="description">What is to be seen.</param>
    /// <param name="pixelated">Whether pixels stay sharp squares when it is shown larger.</param>
    /// <param name="fill">Whether it takes all the width there is, whatever its own.</param>
    public Markup ToImage(string description, bool pixelated = false, bool fill = false) =>
        Markup.Element("img", ("src", Source()), ("alt", description), ("width", Width), ("height", Height),
            ("style",
                $"{(fill ? "width:100%;" : "")}max-width:100%;height:auto;{(pixelated ? "image-rendering:pixelated;" : "")}"));

    private string Source()
    {
        var lossless = Width * Height <= LosslessPixels;
        var data = Convert.ToBase64String(lossless
            ? Encode(SKEncodedImageFormat.Png, 100)
            : Encode(SKEncodedImageFormat.Jpeg, 88));
        return $"data:image/{(lossless ? "png" : "jpeg")};base64,{data}";
    }

    /// <summary>The picture as an element <c>img</c> that fills what it is put into, for drawings; they say themselves what it
    /// shows.</summary>
    internal Markup ToCover() =>
        Markup.Element("img", ("src", Source()), ("alt", ""), ("style", "display:block;width:100%;height:100%;"));

    /// <inheritdoc/>
    public override Markup ToHtml() => ToImage(ToText(), pixelated: Width < 100);

    /// <inheritdoc/>
    public override string ToText()
    {
        var size = Height * Width;
        double[] means = [
            .. Enumerable.Range(0, Channels).Select(c => _values.AsSpan(c * size, size).ToArray().Average(v => (double)v))];
        return Channels == 1
            ? $"Picture of {Width}×{Height} pixels, grey, mean brightness {means[0]:0.00}"
            : $"Picture of {Width}×{Height} pixels in colour, mean red {means[0]:0.00}, green {means[1]:0.00}, "
                + $"blue {means[2]:0.00}";
    }

    private byte[] Encode(SKEncodedImageFormat format, int quality)
    {
        using var bitmap = ToBitmap();
        using var data = bitmap.Encode(format, quality);
        return data.ToArray();
    }

    private SKBitmap ToBitmap()
    {
        var bitmap = new SKBitmap(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var pixels = bitmap.GetPixelSpan();
        var size = Height * Width;
        for (var i = 0; i < size; i++)
        {
            for (var c = 0; c < 3; c++)
                pixels[4 * i + c] = (byte)MathF.Round(255 * Math.Clamp(_values[(Channels == 1 ? 0 : c) * size + i], 0, 1));
            pixels[4 * i + 3] = 255;
        }
        return bitmap;
    }

    private static Picture FromRgba(ReadOnlySpan<byte> pixels, int height, int width, int channels)
    {
        var size = height * width;
        var values = new float[channels * size];
        for (var i = 0; i < size; i++)
        {
            var alpha = pixels[4 * i + 3] / 255f;
            for (var c = 0; c < channels; c++) values[c * size + i] = pixels[4 * i + c] / 255f * alpha + 1 - alpha;
        }
        return new Picture(channels, height, width, values);
    }

    private static Picture Upright(Picture stored, SKEncodedOrigin origin)
    {
        var (h, w) = (stored.Height, stored.Width);
        return origin switch
        {
            SKEncodedOrigin.TopRight => stored.Remap(h, w, (r, c) => (r, w - 1 - c)),
            SKEncodedOrigin.BottomRight => stored.Remap(h, w, (r, c) => (h - 1 - r, w - 1 - c)),
            SKEncodedOrigin.BottomLeft => stored.Remap(h, w, (r, c) => (h - 1 - r, c)),
            SKEncodedOrigin.LeftTop => stored.Remap(w, h, (r, c) => (c, r)),
            SKEncodedOrigin.RightTop => stored.Remap(w, h, (r, c) => (h - 1 - c, r)),
            SKEncodedOrigin.RightBottom => stored.Remap(w, h, (r, c) => (h - 1 - c, w - 1 - r)),
            SKEncodedOrigin.LeftBottom => stored.Remap(w, h, (r, c) => (c, w - 1 - r)),
            _ => stored,
        };
    }

    private Picture Remap(int height, int width, Func<int, int, (int Row, int Column)> source)
    {
        var values = new float[Channels * height * width];
        for (int channel = 0, i = 0; channel < Channels; channel++)
            for (var r = 0; r < height; r++)
                for (var c = 0; c < width; c++, i++)
                {
                    var (row, column) = source(r, c);
                    values[i] = this[channel, row, column];
                }
        return new Picture(Channels, height, width, values);
    }
}
