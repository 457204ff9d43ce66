using SkiaSharp;
using static TorchSharp.torch;

namespace DeepCourse.Vision;

public sealed class PictureTests
{
    [Fact]
    public void A_PNG_keeps_every_value()
    {
        using var values = (arange(24).reshape(3, 2, 4) * 10 / 255).to(ScalarType.Float32);
        var path = TemporaryFile(".png");
        Picture.FromTensor(values).Save(path);
        var read = Picture.Load(path);
        Assert.Equal((3, 2, 4), (read.Channels, read.Height, read.Width));
        using var back = read.ToTensor();
        Assert.True(back.allclose(values, atol: 1e-6));
    }

    [Fact]
    public void A_grey_file_has_one_channel_and_a_colour_file_three()
    {
        Assert.Equal((1, 512, 512), Shape(Data.Photographs.Camera));
        Assert.Equal((3, 300, 451), Shape(Data.Photographs.Chelsea));
        Assert.Equal((3, 427, 640), Shape(Data.Photographs.Rocket));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void A_turned_photograph_comes_upright(int orientation)
    {
        // 48×32 with a bright upper left quarter, stored as the camera would have stored it.
        var upright = new float[32, 48];
        for (var r = 0; r < 16; r++)
            for (var c = 0; c < 24; c++) upright[r, c] = 1;
        var picture = Picture.Load(new MemoryStream(JpegWithOrientation(Turn(upright, orientation), (byte)orientation)));
        Assert.Equal((32, 48), (picture.Height, picture.Width));
        Assert.True(picture[0, 4, 4] > 0.9 && picture[0, 4, 40] < 0.1 && picture[0, 28, 4] < 0.1 && picture[0, 28, 40] < 0.1);
    }

    [Fact]
    public void Grey_weighs_the_colours_as_the_eye_does()
    {
        using var red = zeros(3, 1, 1);
        red[0] = 1;
        Assert.Equal(0.299f, Picture.FromTensor(red).ToGrey()[0, 0, 0], 1e-5);
    }

    [Fact]
    public void Making_a_picture_smaller_averages_and_a_crop_is_exact()
    {
        using var stripes = (arange(64) % 2).to(ScalarType.Float32).expand(64, 64);
        var small = Picture.FromTensor(stripes).Resize(8, 8);
        Assert.All(small.Values.ToArray(), v => Assert.InRange(v, 0.3, 0.7));
        Assert.Equal([0, 1], Picture.FromTensor(stripes).Crop(3, 2, 1, 2).Values.ToArray());
    }

    [Fact]
    public void Bad_files_are_refused_each_in_its_own_words()
    {
        Assert.Contains("no picture at", Assert.Throws<FileNotFoundException>(() => Picture.Load("no-such.png")).Message,
            StringComparison.Ordinal);
        var text = TemporaryFile(".png");
        File.WriteAllText(text, "hello");
        Assert.Contains("not an image", Assert.Throws<InvalidDataException>(() => Picture.Load(text)).Message,
            StringComparison.Ordinal);
        foreach (var photo in new[] { "photos/chelsea.png", "photos/rocket.jpg" })
        {
            var whole = File.ReadAllBytes(Data.Datasets.Find(photo));
            File.WriteAllBytes(text, whole[..(whole.Length / 2)]);
            Assert.Contains("truncated", Assert.Throws<InvalidDataException>(() => Picture.Load(text)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Files_of_every_odd_kind_have_a_defined_answer()
    {
        var path = TemporaryFile(".png");
        File.WriteAllBytes(path, []);
        Assert.Contains("is empty", Assert.Throws<InvalidDataException>(() => Picture.Load(path)).Message,
            StringComparison.Ordinal);

        File.WriteAllBytes(path, Png(1, 1, 8, [0, 200]));
        Assert.Equal((1, 1, 1), Shape(Picture.Load(path)));

        // 16 bits: the upper eight count.
        File.WriteAllBytes(path, Png(2, 1, 16, [0, 0xFF, 0xFF, 0x80, 0x00]));
        var deep = Picture.Load(path);
        Assert.Equal(1, deep[0, 0, 0], 1e-3);
        Assert.Equal(0.5, deep[0, 0, 1], 1e-2);

        // A header that promises more than fits: said before anything is reserved.
        File.WriteAllBytes(path, Png(60_000, 60_000, 8, []));
        Assert.Contains("100,000,000", Assert.Throws<InvalidDataException>(() => Picture.Load(path)).Message,
            StringComparison.Ordinal);

        // A JPEG for printers: cyan, magenta, yellow, black.
        Assert.Equal((3, 8, 8), Shape(Picture.Load(new MemoryStream(Convert.FromBase64String(PrintersJpeg)))));
    }

    /// <summary>8×8 pixels of one colour in CMYK, written with Pillow.</summary>
    private const string PrintersJpeg =
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwANCQoLCggNCwoLDg4NDxMgFRMSEhMnHB4XIC4pMTAuKS0sMzpKPjM2RjcsLUBXQUZMTlJTUjI+WmFaUGBK"
        + "UVJP/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQECAwAE"
        + "EQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6"
        + "g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkA"
        + "SwAAPwDkq7yvSK9Or//Z";

    /// <summary>A grey PNG with the given rows, each after its filter byte.</summary>
    private static byte[] Png(int width, int height, byte bits, byte[] rows)
    {
        static byte[] Big(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
        static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
        {
            byte[] body = [.. type, .. data];
            var crc = 0xFFFFFFFFu;
            foreach (var b in body)
            {
                crc ^= b;
                for (var k = 0; k < 8; k++) crc = (crc & 1) == 1 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            }
            return [.. Big((uint)data.Length), .. body, .. Big(~crc)];
        }
        using var packed = new MemoryStream();
        using (var zlib = new System.IO.Compression.ZLibStream(packed, System.IO.Compression.CompressionLevel.Fastest,
            leaveOpen: true)) zlib.Write(rows);
        return [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A,
            .. Chunk("IHDR"u8, [.. Big((uint)width), .. Big((uint)height), bits, 0, 0, 0, 0]),
            .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    [Fact]
    public void A_wrong_shape_says_what_was_given_and_what_to_do()
    {
        using var batch = zeros(2, 3, 4, 4);
        var message = Assert.Throws<ArgumentException>(() => Picture.FromTensor(batch)).Message;
        Assert.Contains("2×3×4×4", message, StringComparison.Ordinal);
        Assert.Contains("x[0]", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_shows_itself_within_200_KB_and_says_what_it_is()
    {
        Assert.InRange(Data.Photographs.Chelsea.ToHtml().ToString().Length, 10_000, 200_000);
        Assert.StartsWith("Picture of 451×300 pixels in colour", Data.Photographs.Chelsea.ToText(), StringComparison.Ordinal);
    }

    private static (int, int, int) Shape(Picture p) => (p.Channels, p.Height, p.Width);

    private static string TemporaryFile(string extension) =>
        Path.Combine(Directory.CreateTempSubdirectory().FullName, "picture" + extension);

    /// <summary>The stored pixels of an upright image for an EXIF orientation: where the camera's rows and columns lie, by the
    /// standard's table.</summary>
    private static float[,] Turn(float[,] upright, int orientation)
    {
        int h = upright.GetLength(0), w = upright.GetLength(1);
        var swapped = orientation >= 5;
        var stored = new float[swapped ? w : h, swapped ? h : w];
        for (var r = 0; r < h; r++)
            for (var c = 0; c < w; c++)
            {
                var (row, column) = orientation switch
                {
                    1 => (r, c),
                    2 => (r, w - 1 - c),
                    3 => (h - 1 - r, w - 1 - c),
                    4 => (h - 1 - r, c),
                    5 => (c, r),
                    6 => (w - 1 - c, r),
                    7 => (w - 1 - c, h - 1 - r),
                    _ => (c, h - 1 - r),
                };
                stored[row, column] = upright[r, c];
            }
        return stored;
    }

    private static byte[] JpegWithOrientation(float[,] pixels, byte orientation)
    {
        using var bitmap = new SKBitmap(pixels.GetLength(1), pixels.GetLength(0));
        for (var r = 0; r < bitmap.Height; r++)
            for (var c = 0; c < bitmap.Width; c++)
            {
                var v = (byte)(255 * pixels[r, c]);
                bitmap.SetPixel(c, r, new SKColor(v, v, v));
            }
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 100);
        // After the start marker: an APP1 segment with a TIFF directory of one entry, 0x0112.
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0,
            orientation, 0, 0, 0, 0, 0, 0];
        return [.. data.AsSpan()[..2], .. exif, .. data.AsSpan()[2..]];
    }
}
