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

    /// <summary>Files written with Pillow, or by the PNG standard's rules where it writes none: channels, rows, columns, values
    /// C×H×W of 255, over white.</summary>
    public static TheoryData<string, int, int, int, double[], string> Files => new()
    {
        { "colour with alpha", 3, 2, 2,
            [255, 255, 255, 191, 0, 127, 255, 191, 0, 127, 255, 255],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFklEQVR4nGP8z8Dwn4GBoRFCMfx3AAAtRgS/qPDXGwAAAABJ"
                + "RU5ErkJggg==" },
        { "WebP with alpha", 3, 2, 2,
            [255, 255, 255, 191, 0, 127, 255, 191, 0, 127, 255, 255],
            "UklGRjoAAABXRUJQVlA4TC0AAAAvAUAAEB8gEEjaH3oNAUHB/9EJCIr8H00gQEjjP0ocYh8JNW0bsPhNOiL6HwcA" },
        { "grey with alpha", 1, 2, 2,
            [0, 127, 255, 241.2],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAQAAADYv8WvAAAAEklEQVR4nGNk+M/QyMDAcMIBAAziAor3h2g9AAAAAElFTkSu"
                + "QmCC" },
        { "grey with a transparent grey", 1, 2, 2,
            [0, 255, 200, 255],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAAAnRSTlMAZDxMaHkAAAAOSURBVHicY2BIYTjxHwAEJQIsxg+6"
                + "IQAAAABJRU5ErkJggg==" },
        { "palette", 3, 2, 2,
            [255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 30],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACAgMAAAAP2OW3AAAADFBMVEX/AAAA/wAAAP8KFB4iiCkEAAAADElEQVR4nGMQYNgA"
                + "AADkAMEnqOhXAAAAAElFTkSuQmCC" },
        { "palette with alpha", 3, 2, 2,
            [255, 127, 255, 10, 0, 255, 255, 20, 0, 127, 255, 30],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACAgMAAAAP2OW3AAAADFBMVEX/AAAA/wAAAP8KFB4iiCkEAAAABHRSTlP/gAD/oaGU"
                + "ZgAAAAxJREFUeJxjEGDYAAAA5ADBJ6joVwAAAABJRU5ErkJggg==" },
        { "palette of greys", 3, 2, 2,
            [0, 85, 170, 255, 0, 85, 170, 255, 0, 85, 170, 255],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACAgMAAAAP2OW3AAAADFBMVEUAAABVVVWqqqr////Bf2LRAAAADElEQVR4nGMQYNgA"
                + "AADkAMEnqOhXAAAAAElFTkSuQmCC" },
        { "colour with a transparent colour", 3, 2, 2,
            [255, 255, 0, 10, 0, 255, 0, 20, 0, 255, 255, 30],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAABnRSTlMAAAD/AADQPjN8AAAAFklEQVR4nGP4z8DA8J+BgYHh"
                + "P5eIHAAaWAM6guCrUwAAAABJRU5ErkJggg==" },
        { "GIF with a transparent colour", 3, 2, 2,
            [255, 255, 0, 10, 0, 255, 0, 20, 0, 255, 255, 30],
            "R0lGODlhAgACAIEAAP8AAAD/AAAA/woUHiH5BAEAAAEALAAAAAACAAIAAAgHAAEEEDAgIAA7" },
        { "BMP", 3, 2, 2,
            [255, 0, 0, 10, 0, 255, 0, 20, 0, 0, 255, 30],
            "Qk1GAAAAAAAAADYAAAAoAAAAAgAAAAIAAAABABgAAAAAABAAAADEDgAAxA4AAAAAAAAAAAAA/wAAHhQKAAAAAP8A/wAAAA==" },
        { "grey of 16 bits", 1, 2, 2,
            [0, 64, 128, 255],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACEAAAAAAHTY67AAAAEklEQVR4nGNgYHBgYGhg+P8fAAbHAr89RY6RAAAAAElFTkSu"
                + "QmCC" },
        { "colour of 16 bits", 3, 1, 2,
            [255, 64, 0, 255, 128, 0],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAIAAAAr0DSeAAAAE0lEQVR4nGP4/5+BoYHBgQFEAwAjbwS9DFEMNQAAAABJRU5E"
                + "rkJggg==" },
        { "grey of 16 bits with a transparent grey", 1, 1, 2,
            [255, 128],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAAAAACB2fwVAAAAAnRSTlMSNC/TSV4AAAANSURBVHicYxAyaWAAAAHpAMd6F5sn"
                + "AAAAAElFTkSuQmCC" },
        { "colour of 16 bits with alpha", 3, 1, 2,
            [255, 255, 127, 255, 127, 255],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAYAAACksqPJAAAAEUlEQVR4nGP4/58BCBoYYAAAI/ICf/1fO70AAAAASUVORK5C"
                + "YII=" },
        { "grey of 16 bits with alpha", 1, 1, 2,
            [127, 0],
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABEAQAAAAOu2tCAAAAEUlEQVR4nGNgYGhgYGD4/x8ABgYCf1PZ9KsAAAAASUVORK5C"
                + "YII=" },
        { "grey of 1 bit", 1, 1, 8,
            [255, 0, 255, 255, 0, 0, 0, 255],
            "iVBORw0KGgoAAAANSUhEUgAAAAgAAAABAQAAAADLe9LuAAAACklEQVR4nGPYCAAAswCyIZJRygAAAABJRU5ErkJggg==" },
        { "grey of 2 bits", 1, 1, 4,
            [0, 85, 170, 255],
            "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABAgAAAACW50iwAAAACklEQVR4nGOQBgAAHQAcjvT1IQAAAABJRU5ErkJggg==" },
        { "grey of 2 bits with a transparent grey", 1, 1, 4,
            [0, 255, 170, 255],
            "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABAgAAAACW50iwAAAAAnRSTlMAAQGU/a4AAAAKSURBVHicY5AGAAAdAByO9PUhAAAA"
                + "AElFTkSuQmCC" },
        { "PNG turned as EXIF says, 1", 1, 2, 3, [10, 20, 30, 40, 50, 60],
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEAAQAAAAAAABPAdecA"
                + "AAAQSURBVHicY+ASkWPQMLIBAAJ0ANN+TGMaAAAAAElFTkSuQmCC" },
        { "PNG turned as EXIF says, 2", 1, 2, 3, [30, 20, 10, 60, 50, 40],
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEAAgAAAAAAACIob3oA"
                + "AAAQSURBVHicY+ASkWPQMLIBAAJ0ANN+TGMaAAAAAElFTkSuQmCC" },
        { "PNG turned as EXIF says, 3", 1, 2, 3, [60, 50, 40, 30, 20, 10],
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEAAwAAAAAAAIRfZM4A"
                + "AAAQSURBVHicY+ASkWPQMLIBAAJ0ANN+TGMaAAAAAElFTkSuQmCC" },
        { "PNG turned as EXIF says, 4", 1, 2, 3, [40, 50, 60, 10, 20, 30],
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABAAAAAAAAEH4WkAA"
                + "AAAQSURBVHicY+ASkWPQMLIBAAJ0ANN+TGMaAAAAAElFTkSuQmCC" },
        { "PNG turned as EXIF says, 5", 1, 3, 2, [10, 40, 20, 50, 30, 60],
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABQAAAAAAAOePUfQA"
                + "AAAQSURBVHicY+ASkWPQMLIBAAJ0ANN+TGMaAAAAAElFTkSuQmCC" },
        { "PNG turned as EXIF says, 6", 1, 3, 2, [40, 10, 50, 20, 60, 30],
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABgAAAAAAANZnS2kA"
                + "AAAQSURBVHicY+ASkWPQMLIBAAJ0ANN+TGMaAAAAAElFTkSuQmCC" },
        { "PNG turned as EXIF says, 7", 1, 3, 2, [60, 30, 50, 20, 40, 10],
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABwAAAAAAAHAQQN0A"
                + "AAAQSURBVHicY+ASkWPQMLIBAAJ0ANN+TGMaAAAAAElFTkSuQmCC" },
        { "PNG turned as EXIF says, 8", 1, 3, 2, [30, 60, 20, 50, 10, 40],
            "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEACAAAAAAAAIZYMDQA"
                + "AAAQSURBVHicY+ASkWPQMLIBAAJ0ANN+TGMaAAAAAElFTkSuQmCC" },
    };

    [Theory, MemberData(nameof(Files))]
    public void A_file_of_any_kind_looks_as_people_see_it(
        string kind,
        int channels,
        int rows,
        int columns,
        double[] values,
        string file)
    {
        var picture = Picture.Load(new MemoryStream(Convert.FromBase64String(file)), kind);
        Assert.Equal((channels, rows, columns), Shape(picture));
        Assert.All(picture.Values.ToArray().Zip(values), v => Assert.Equal(v.Second, v.First * 255, 1.01));
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused_in_one_clear_message()
    {
        var bytes = Convert.FromBase64String(NoisePng);
        for (var length = 1; length < bytes.Length; length += 23)
        {
            var e = Assert.Throws<InvalidDataException>(() => Picture.Load(new MemoryStream(bytes[..length]), "noise.png"));
            Assert.StartsWith("noise.png", e.Message, StringComparison.Ordinal);
            Assert.Contains(length < 8 ? "not an image" : "truncated", e.Message, StringComparison.Ordinal);
        }
        // A PNG's blocks have checksums: a single wrong bit is found.
        var rocket = File.ReadAllBytes(Data.Datasets.Find("photos/chelsea.png"));
        rocket[rocket.Length / 2] ^= 0x10;
        Assert.StartsWith("chelsea", Assert.Throws<InvalidDataException>(
            () => Picture.Load(new MemoryStream(rocket), "chelsea")).Message, StringComparison.Ordinal);
    }

    private const string NoisePng =
        "iVBORw0KGgoAAAANSUhEUgAAACgAAAAoCAAAAACpleexAAAGc0lEQVR4nAFoBpf5AdjYl7lfocVoNsNdQDyAxUjhqG+nk7yG"
        + "TED39CKfsb/LWp++gPXY6TUCoE940Ak9LFCYxb/kSOQEv92tAozF+aNQmn2I/lenRBIy+JEHPc/siwIIAdxzTSAPNASGbOL9"
        + "jg6hlfEkCALw86HTzs27P4bmv1Q7Nrie/Y1WAv0zBrwH8n+DcUzy8uXD6kyLwwL792PxwuNWIGWWoHzG63mjBYXvJmgC6EVe"
        + "AJsoRDHlyqYlHmgGka6KaM8GQrIarIru0oHv7MggCWvLoPqd+AIlpc1BfxHDAY4eiRZr7THQqhHGAQT3rBb5MSWgJfPFraEo"
        + "kcbQbmQxBCn47mEq/6besIRAqABBJwtYaq24hqLPnsJdG3q4vPaB1igGWWGbKLgCDV/2O7HTAyXNcxeaAHcdamgxhf4ovnN2"
        + "lpnG5ODsOIq7/5eSwb1CGQTJ//qw54+L6cun1LpI8mbsdO1HB4Why6m1K80BXACKdPgUf6kM4li/AS05DcRVeT5/41CuSM62"
        + "uQllyzEqXi5EO/VERcFbnnvX/obN0zqxNEoC0+aMSsP6218Ff+s9t0Y+QfH6bkQ9Blt6RJtSzfZxBuhsExM59J/bfADJP5oo"
        + "ngBma3T/dlsYuASagcqDJf+oHKYqGZr/jAYK/zjAOAAA1Y3kAY4uHbUM7W/H3yEtnx2ppTegSIpoztNZAAEAPWGwPLnjwhe3"
        + "L8Y1w9ABAI7H8BWlAeQbAAG5C35RG08D";

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
