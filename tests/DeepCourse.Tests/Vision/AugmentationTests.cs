using static TorchSharp.torch;

namespace DeepCourse.Vision;

[Collection(nameof(Alone))]
public sealed class AugmentationTests
{
    private static float[] Values(Tensor tensor) => tensor.contiguous().data<float>().ToArray();

    [Fact]
    public void Nothing_is_done_without_a_step_and_the_same_seed_does_the_same()
    {
        using var scope = NewDisposeScope();
        var images = rand(16, 3, 12, 10);
        Assert.Equal(Values(images), Values(new Augmentation().Apply(images)));
        var all = new Augmentation().Flip().Shift(2).Crop(3).Rotate(20).Erase().ColourJitter();
        Assert.Equal(Values(all.Apply(images, 5)), Values(all.Apply(images, 5)));
        Assert.NotEqual(Values(all.Apply(images, 5)), Values(all.Apply(images, 6)));
        Assert.Equal([16, 3, 12, 10], all.Apply(images).shape);
        Assert.Equal("flip 0.5, shift 2, crop 3, rotate 20, erase 0.5 0.05 0.2, colour 0.2 0.2 0.2", all.ToString());
    }

    [Fact]
    public void Flip_mirrors_about_half_of_the_images()
    {
        using var scope = NewDisposeScope();
        var images = rand(1000, 1, 4, 5);
        Assert.Equal(Values(images.flip(3)), Values(new Augmentation().Flip(1).Apply(images)));
        Assert.Equal(Values(images), Values(new Augmentation().Flip(0).Apply(images)));
        var flipped = new Augmentation().Flip().Apply(images);
        var same = flipped.eq(images).all(3).all(2).all(1);
        Assert.True(flipped[same.logical_not()].eq(images.flip(3)[same.logical_not()]).all().item<bool>());
        Assert.InRange(same.sum().item<long>(), 430, 570);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Shift_and_crop_take_every_window_of_the_padded_image(bool crop)
    {
        using var scope = NewDisposeScope();
        var image = rand(1, 2, 6, 7);
        var padded = nn.functional.pad(image, [2, 2, 2, 2],
            crop ? TorchSharp.PaddingModes.Reflect : TorchSharp.PaddingModes.Constant);
        var moved = (crop ? new Augmentation().Crop(2) : new Augmentation().Shift(2)).Apply(image.expand(600, 2, 6, 7));
        var found = new HashSet<int>();
        for (var i = 0; i < 600; i++)
            found.Add(
                Assert.Single(Enumerable.Range(0, 25),
                    w => padded[.., .., (w / 5)..(w / 5 + 6), (w % 5)..(w % 5 + 7)]
                        .eq(moved[i].unsqueeze(0))
                        .all()
                        .item<bool>()));
        Assert.Equal(25, found.Count);
    }

    [Fact]
    public void Rotation_by_nothing_changes_nothing_and_a_disc_stays_a_disc_in_any_format()
    {
        using var scope = NewDisposeScope();
        var images = rand(4, 3, 9, 14);
        Assert.True(new Augmentation().Rotate(0).Apply(images).allclose(images, 1e-4, 1e-5));
        // A soft disc, and beside it a mark that must wander.
        var (y, x) = (arange(40).to(ScalarType.Float32).reshape(40, 1) - 19.5,
            arange(60).to(ScalarType.Float32).reshape(1, 60) - 29.5);
        var disc = (10 - (x * x + y * y).sqrt()).sigmoid().reshape(1, 1, 40, 60).expand(50, 1, 40, 60);
        Assert.InRange((new Augmentation().Rotate(180).Apply(disc) - disc).abs().max().item<float>(), 0, 0.08f);
        var mark = zeros(200, 1, 41, 61);
        mark[.., .., 20, 45] = 1;
        var turned = new Augmentation().Rotate(30).Apply(mark);
        for (var i = 0; i < 200; i++)
        {
            var at = turned[i, 0].argmax().item<long>();
            double down = at / 61 - 20, right = at % 61 - 30;
            Assert.Equal(15, Math.Sqrt(down * down + right * right), 1.0);
            Assert.InRange(Math.Abs(Math.Atan2(down, right)), 0, 35 * Math.PI / 180);
        }
        Assert.True(turned.flatten(1).argmax(1).unique().output.numel() > 8);
    }

    [Fact]
    public void Erase_blackens_a_rectangle_of_the_size_that_was_asked_for()
    {
        using var scope = NewDisposeScope();
        var images = ones(500, 2, 20, 30);
        var erased = new Augmentation().Erase(1, 0.1, 0.3).Apply(images);
        Assert.True(erased[.., 0].eq(erased[.., 1]).all().item<bool>());
        var share = 1 - erased[.., 0].mean([1, 2]);
        Assert.InRange(share.min().item<float>(), 0.05f, 0.15f);
        Assert.InRange(share.max().item<float>(), 0.25f, 0.36f);
        for (var i = 0; i < 20; i++)
        {
            var black = erased[i, 0].eq(0);
            var (rows, columns) = (black.any(1).sum().item<long>(), black.any(0).sum().item<long>());
            Assert.Equal(rows * columns, black.sum().item<long>()); // a full rectangle
        }
        Assert.Equal(Values(images), Values(new Augmentation().Erase(0).Apply(images)));
        Assert.InRange(new Augmentation().Erase(0.25).Apply(images).amin([1, 2, 3]).eq(0).sum().item<long>(), 90, 160);
    }

    [Fact]
    public void Colour_jitter_stays_in_range_and_grey_stays_grey()
    {
        using var scope = NewDisposeScope();
        var images = rand(64, 3, 8, 8);
        Assert.True(new Augmentation().ColourJitter(0, 0, 0).Apply(images).allclose(images, 1e-4, 1e-5));
        var jittered = new Augmentation().ColourJitter(0.5, 0.5, 0.5).Apply(images);
        Assert.InRange(jittered.min().item<float>(), 0, 1);
        Assert.InRange(jittered.max().item<float>(), 0, 1);
        var grey = rand(64, 1, 8, 8).expand(64, 3, 8, 8);
        var still = new Augmentation().ColourJitter(0.3, 0.3, 0.9).Apply(grey);
        Assert.True(still[.., 0].allclose(still[.., 2], 1e-4, 1e-5));
        // Brightness alone is a factor.
        var brighter = new Augmentation().ColourJitter(0.5, 0, 0).Apply(images * 0.5);
        var factors = brighter.mean([1, 2, 3]) / (images * 0.5).mean([1, 2, 3]);
        Assert.InRange(factors.min().item<float>(), 0.5f, 0.7f);
        Assert.InRange(factors.max().item<float>(), 1.3f, 1.5f);
    }

    [Fact]
    public void Mixup_mixes_images_and_labels_in_the_same_share()
    {
        using var scope = NewDisposeScope();
        // An image of class k is k everywhere: then the mixed image's value is the mixed label's mean.
        var labels = randint(10, 256);
        var images = labels.to(ScalarType.Float32).reshape(-1, 1, 1, 1).expand(256, 1, 4, 4);
        using var generator = new Generator(1);
        var (mixed, shares) = new Augmentation().Mixup(10, 0.4).Apply(images, labels, generator);
        Assert.Equal([256, 10], shares.shape);
        Assert.True(shares.sum(1).allclose(ones(256), 1e-4, 1e-5));
        Assert.True((shares * arange(10)).sum(1).allclose(mixed[.., 0, 0, 0], 1e-3, 1e-3));
        Assert.True(shares.max(1).values.lt(0.99).sum().item<long>() > 50);
    }

    [Fact]
    public void CutMix_s_labels_are_shared_as_the_pixels_are()
    {
        using var scope = NewDisposeScope();
        var labels = randint(10, 256);
        var images = labels.to(ScalarType.Float32).reshape(-1, 1, 1, 1).expand(256, 3, 16, 16);
        using var generator = new Generator(1);
        var (mixed, shares) = new Augmentation().CutMix(10).Apply(images, labels, generator);
        for (var k = 0; k < 10; k++)
            Assert.True(mixed.eq(k).to(ScalarType.Float32).mean([1, 2, 3]).allclose(shares[.., k], 1e-4, 1e-5));
        Assert.True(shares.max(1).values.lt(0.95).sum().item<long>() > 100);
    }

    [Fact]
    public void Mixing_stays_within_a_batch_and_leaves_no_tensor_behind()
    {
        using var scope = NewDisposeScope();
        var labels = arange(8);
        var images = labels.to(ScalarType.Float32).reshape(-1, 1, 1, 1).expand(8, 1, 2, 2);
        using var generator = new Generator(1);
        var before = Alone.Tensors();
        var (mixed, shares) = new Augmentation().Flip().Mixup(8, 1).Apply(images, labels, generator, batch: 4);
        Assert.Equal(before + 2, Tensor.TotalCount);
        Assert.Equal(0, shares[..4, 4..].sum().item<float>());
        Assert.Equal(0, shares[4.., ..4].sum().item<float>());
        Assert.Equal([8, 1, 2, 2], mixed.shape);
    }

    [Fact]
    public void What_is_no_batch_of_images_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("N×C×H×W", Assert.Throws<ArgumentException>(() => new Augmentation().Flip().Apply(rand(28, 28))).Message,
            StringComparison.Ordinal);
        Assert.Contains("Byte",
            Assert.Throws<ArgumentException>(() => new Augmentation().Flip().Apply(zeros(1, 1, 28, 28, ScalarType.Byte))).Message,
            StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => new Augmentation().Mixup(10).Apply(rand(2, 1, 4, 4)));
    }
}
