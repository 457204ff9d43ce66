using System.IO.Compression;
using DeepCourse.Vision;

namespace DeepCourse.Data;

public sealed class FashionMnistTests
{
    [Fact]
    public void The_data_is_what_its_authors_say()
    {
        using var train = FashionMnist.Train();
        using var test = FashionMnist.Test();
        Assert.Equal([60_000, 1, 28, 28], train.Images.shape);
        Assert.Equal((60_000, 10_000), (train.Count, test.Count));
        // Ten classes, alike in number; the first image is an ankle boot; mean 0.2860 and deviation 0.3530 are widely published.
        Assert.All(Enumerable.Range(0, 10), c => Assert.Equal(6_000, train.Labels.eq(c).sum().item<long>()));
        Assert.Equal("ankle boot", FashionMnist.Classes[(int)train.Labels[0].item<long>()]);
        Assert.Equal(0.2860, train.Images.mean().item<float>(), 1e-3);
        Assert.Equal(0.3530, train.Images.std().item<float>(), 1e-3);
        Assert.Contains("60,000", Assert.Throws<ArgumentOutOfRangeException>(() => FashionMnist.Train(70_000)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_may_be_plain_or_compressed()
    {
        byte[] plain = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
        foreach (var content in new[] { plain, Zip(plain) })
        {
            using var values = Idx.Read(Write(content));
            Assert.Equal([2, 3], values.shape);
            Assert.Equal([1, 2, 3, 4, 5, 6], values.data<byte>().ToArray());
        }
    }

    [Theory]
    [InlineData(new byte[0], "is empty")]
    [InlineData(new byte[] { 1, 2, 3, 4, 5 }, "no IDX file")]
    [InlineData(new byte[] { 0, 0 }, "no IDX file")]
    [InlineData(new byte[] { 0, 0, 8 }, "no IDX file")]
    [InlineData(new byte[] { 0, 0, 13, 1, 0, 0, 0, 1, 0 }, "type 0x0d")]
    [InlineData(new byte[] { 0, 0, 8, 3, 0, 0, 0, 2 }, "truncated")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 9, 1, 2 }, "truncated: its header promises 17 bytes, and there are 10")]
    [InlineData(new byte[] { 0, 0, 8, 1, 0, 0, 0, 1, 1, 2 }, "1 bytes after")]
    [InlineData(new byte[] { 0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 }, "more than memory")]
    [InlineData(new byte[] { 0x1f, 0x8b, 8, 0, 1, 2, 3 }, "is damaged")]
    public void Bad_files_are_refused_each_in_its_own_words(byte[] content, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Idx.Read(Write(content))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_truncated_file_is_told_from_a_wrong_one()
    {
        var whole = File.ReadAllBytes(Datasets.Find("fashion-mnist/t10k-labels-idx1-ubyte.gz"));
        var message = Assert.Throws<InvalidDataException>(() => Idx.Read(Write(whole[..(whole.Length / 2)]), "00")).Message;
        Assert.True(message.Contains("truncated", StringComparison.Ordinal)
            || message.Contains("damaged", StringComparison.Ordinal), message);
        Assert.Contains("not the one that is expected",
            Assert.Throws<InvalidDataException>(() => Idx.Read(Write(whole), "00")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_data_has_its_sizes()
    {
        using var weather = Weather.Table();
        Assert.Equal([1461, 4], weather.shape);
        Assert.Equal((1461, new DateOnly(2012, 1, 1), new DateOnly(2015, 12, 31)),
            (Weather.Days.Count, Weather.Days[0], Weather.Days[^1]));
        var speech = Speech.Convolution;
        Assert.Equal(22_050, speech.Rate);
        Assert.InRange(speech.Seconds, 0.8, 2);
        using var spectrogram = speech.Spectrogram();
        Assert.Equal(257, spectrogram.shape[0]);
        Assert.Equal(0, spectrogram.max().item<float>(), 1e-4);
        Assert.Contains("no WAV", Assert.Throws<InvalidDataException>(() => Speech.Load(Write([1, 2, 3]))).Message,
            StringComparison.Ordinal);
        var whole = File.ReadAllBytes(Datasets.Find("speech/convolution.wav"));
        Assert.Contains("truncated", Assert.Throws<InvalidDataException>(() => Speech.Load(Write(whole[..5000]))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_scene_knows_what_is_where()
    {
        using var clothes = FashionMnist.Test(50);
        using var scene = Scene.Compose(clothes, Photographs.Camera, 96, 2, new Random(1));
        using var again = Scene.Compose(clothes, Photographs.Camera, 96, 2, new Random(1));
        Assert.True(scene.Image.equal(again.Image).all().item<bool>());
        Assert.Equal(2, scene.Boxes.Count);
        Assert.All(scene.Boxes, b =>
        {
            using var inside = scene.Mask[b.Row..(b.Row + b.Height), b.Column..(b.Column + b.Width)];
            Assert.True(inside.eq(b.Label + 1).any().item<bool>());
            // Tight: every edge touches the item.
            Assert.True(inside[0].ne(0).any().item<bool>() && inside[^1].ne(0).any().item<bool>());
        });
        Assert.Equal(1, scene.Boxes[0].Overlap(scene.Boxes[0]), 1e-9);
        Assert.Equal(1 / 7.0, new Box(0, 0, 0, 2, 2).Overlap(new Box(0, 1, 1, 2, 2)), 1e-9);
        Assert.Contains("too many",
            Assert.Throws<ArgumentException>(() => Scene.Compose(clothes, Photographs.Camera, 60, 9, new Random(1))).Message,
            StringComparison.Ordinal);
    }

    private static string Write(byte[] content)
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] Zip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(content);
        return packed.ToArray();
    }
}
