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

    /// <summary>Every step that moves pixels.</summary>
    public static TheoryData<string> Moves => ["flip", "shift", "crop", "rotate", "cutmix"];

    private static Augmentation Move(string name) => name switch
    {
        "flip" => new Augmentation().Flip(),
        "shift" => new Augmentation().Shift(3),
        "crop" => new Augmentation().Crop(4),
        "rotate" => new Augmentation().Rotate(180),
        _ => new Augmentation().CutMix(7),
    };

    [Theory, MemberData(nameof(Moves))]
    public void A_map_of_labels_goes_wherever_its_image_goes(string name)
    {
        using var scope = NewDisposeScope();
        // Coarse fields, and an image that says of each pixel which label it has: 1 to 6, and 0 for what comes from outside.
        var labels = randint(1, 7, [64, 3, 4]).repeat_interleave(5, 1).repeat_interleave(4, 2);
        var images = labels.to(ScalarType.Float32).unsqueeze(1);
        foreach (var type in new[] { ScalarType.Int64, ScalarType.Int32, ScalarType.Byte, float32, float64 })
            foreach (var hasChannel in new[] { false, true })
            {
                using var generator = new Generator(3);
                var map = (hasChannel ? labels.unsqueeze(1) : labels).to(type);
                var (moved, maps) = Move(name).Apply(images, map, generator);
                Assert.Equal(type, maps.dtype);
                Assert.Equal(map.shape, maps.shape);
                var flat = (hasChannel ? maps.squeeze(1) : maps).to(ScalarType.Float32);
                var outside = type is ScalarType.Int64 or ScalarType.Int32 ? Augmentation.OutsideLabel : 0;
                Assert.True((flat.eq(outside) | (flat.ge(1) & flat.le(6))).all().item<bool>());
                var seen = where(flat.eq(outside), zeros_like(flat), flat);
                var differs = (moved.squeeze(1) - seen).abs().gt(1e-4);
                // Where the image is turned, pixels on the edges of fields are mixtures; all others must agree.
                if (name != "rotate") Assert.False(differs.any().item<bool>());
                else Assert.InRange((moved.squeeze(1) - seen).abs().gt(3.5).to(ScalarType.Float32).mean().item<float>(), 0, 0.01);
                Assert.Equal(name is "shift" or "rotate", flat.eq(outside).any().item<bool>());
                Assert.False(flat.eq(labels).all().item<bool>());
            }
    }

    [Fact]
    public void Turned_labels_are_those_of_the_nearest_pixels_and_large_ones_stay_exact()
    {
        using var scope = NewDisposeScope();
        var labels = arange(40 * 60).reshape(1, 40, 60).expand(8, 40, 60) + (1L << 40);
        var (y, x) = (arange(40).to(ScalarType.Float32).reshape(1, 1, 40, 1).expand(8, 1, 40, 60),
            arange(60).to(ScalarType.Float32).reshape(1, 1, 1, 60).expand(8, 1, 40, 60));
        using var generator = new Generator(2);
        var (where, maps) = new Augmentation().Rotate(40).Apply(cat([y, x], 1), labels, generator);
        // Bilinear values of a slope are the very places that were looked at; on the rim black is mixed in.
        var inside = maps.ne(Augmentation.OutsideLabel);
        var at = (maps - (1L << 40))[inside];
        var (row, column) = (at.div(60, RoundingMode.floor), at.remainder(60));
        var inner = row.ge(1) & row.le(38) & column.ge(1) & column.le(58);
        Assert.InRange((row - where[.., 0][inside])[inner].abs().max().item<float>(), 0.3f, 0.501f);
        Assert.InRange((column - where[.., 1][inside])[inner].abs().max().item<float>(), 0.3f, 0.501f);
        Assert.InRange(at.min().item<long>(), 0, 2399);
        Assert.InRange(at.max().item<long>(), 0, 2399);
    }

    [Fact]
    public void Shares_of_classes_for_each_pixel_stay_shares_and_are_nothing_outside()
    {
        using var scope = NewDisposeScope();
        var shares = nn.functional.one_hot(randint(4, [32, 9, 12]), 4).permute(0, 3, 1, 2).to(ScalarType.Float32);
        using var generator = new Generator(1);
        var (_, moved) = new Augmentation().Flip().Shift(2).Rotate(20).Apply(rand(32, 3, 9, 12), shares, generator);
        var sums = moved.sum(1);
        Assert.True((sums.eq(0) | sums.eq(1)).all().item<bool>());
        Assert.True(sums.eq(0).any().item<bool>());
        Assert.True((moved.eq(0) | moved.eq(1)).all().item<bool>());
        var (images, blended) = new Augmentation().Mixup(4, 1).Apply(shares, shares, generator);
        Assert.True(blended.allclose(images, 1e-5, 1e-6)); // blended as the images are
        Assert.Contains("CutMix", Assert.Throws<ArgumentException>(() => new Augmentation().Mixup(4)
            .Apply(rand(2, 1, 4, 4), zeros(2, 4, 4, ScalarType.Int64), generator)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_and_what_is_hidden_leave_maps_alone()
    {
        using var scope = NewDisposeScope();
        var labels = randint(5, [8, 6, 7]);
        using var generator = new Generator(1);
        var colours = new Augmentation().ColourJitter().Erase(1);
        Assert.Same(labels, colours.Apply(rand(8, 3, 6, 7), labels, generator).Targets);
        var boxes = rand(8, 2, 5); // no map: nothing moves, so that it may be anything
        Assert.Same(boxes, colours.Apply(rand(8, 3, 6, 7), boxes, generator).Targets);
        var message = Assert.Throws<ArgumentException>(() => colours.Flip().Apply(rand(8, 3, 6, 7), boxes, generator)).Message;
        Assert.Contains("8×2×5", message, StringComparison.Ordinal);
        Assert.Contains("N×6×7", message, StringComparison.Ordinal);
        Assert.Contains("a target for each image",
            Assert.Throws<ArgumentException>(() => colours.Apply(rand(8, 3, 6, 7), labels[..7], generator)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Normalised_images_keep_their_range_and_factors_of_nothing_change_no_bit()
    {
        using var scope = NewDisposeScope();
        var images = randn(32, 3, 9, 9) * 2;
        Assert.Equal(Values(images), Values(new Augmentation().ColourJitter(0, 0, 0).Apply(images)));
        var jittered = new Augmentation().ColourJitter(0.3, 0.3, 0.3).Apply(images);
        Assert.True(jittered.lt(-1).any().item<bool>());
        Assert.True(jittered.gt(2).any().item<bool>());
        Assert.True(jittered.amax([1, 2, 3]).le(images.amax([1, 2, 3])).all().item<bool>());
        // A factor far beyond 1 does not turn an image into its negative.
        Assert.InRange(new Augmentation().ColourJitter(5, 0, 0).Apply(rand(64, 1, 4, 4)).min().item<float>(), 0, 1);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(5)]
    public void Every_precision_and_number_of_channels_is_augmented_alike(int channels)
    {
        using var scope = NewDisposeScope();
        var images = rand(6, channels, 10, 7);
        var all = new Augmentation().Flip().Shift(2).Crop(3).Rotate(20).Erase().ColourJitter();
        var expected = all.Apply(images, 4);
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16 })
        {
            var changed = all.Apply(images.to(type), 4);
            Assert.Equal(type, changed.dtype);
            Assert.True(changed.to(ScalarType.Float32).allclose(expected, 0, type == ScalarType.Float64 ? 1e-4 : 0.02));
            using var generator = new Generator(1);
            foreach (var mix in new[] { new Augmentation().Mixup(3), new Augmentation().CutMix(3) })
            {
                var (mixed, shares) = mix.Apply(images.to(type), randint(3, 6), generator);
                Assert.Equal((type, ScalarType.Float32), (mixed.dtype, shares.dtype));
            }
        }
    }

    [Fact]
    public void Numbers_that_make_no_sense_are_refused_in_words()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var images = rand(4, 1, 6, 9);
        var none = new Augmentation();
        Refused<ArgumentOutOfRangeException>(() => none.Flip(1.5), "between 0 and 1; this is 1.5");
        Refused<ArgumentOutOfRangeException>(() => none.Flip(double.NaN), "between 0 and 1");
        Refused<ArgumentOutOfRangeException>(() => none.Shift(-1), "at least 0; this is -1");
        Refused<ArgumentOutOfRangeException>(() => none.Crop(-2), "at least 0; this is -2");
        Refused<ArgumentOutOfRangeException>(() => none.Rotate(double.PositiveInfinity), "at least 0");
        Refused<ArgumentOutOfRangeException>(() => none.Erase(0.5, 0.3, 0.2), "between 0 and 0.2; this is 0.3");
        Refused<ArgumentOutOfRangeException>(() => none.ColourJitter(saturation: -0.1), "at least 0; this is -0.1");
        Refused<ArgumentOutOfRangeException>(() => none.Mixup(1), "at least 2; this is 1");
        Refused<ArgumentOutOfRangeException>(() => none.CutMix(10, 0), "positive; this one is 0");
        Refused<ArgumentException>(() => none.Crop(6).Apply(images), "6×9", "reach 5 pixels");
        Refused<ArgumentException>(() => none.Shift(6).Apply(images), "6×9", "fewer pixels");
        Assert.Equal(images.shape, none.Crop(5).Shift(5).Apply(images).shape);
        Refused<ArgumentException>(() => none.Mixup(3).Apply(images, tensor(new long[] { 0, 3, 1, 2 }), generator),
            "0 to 2", "from 0 to 3");
        Refused<ArgumentException>(() => none.CutMix(3).Apply(images, tensor(new long[] { 0, -1, 1, 2 }), generator),
            "from -1 to 2");
        Refused<ArgumentException>(() => none.CutMix(3).Apply(images, rand(4), generator), "int64", "Float32");
        Refused<ArgumentException>(() => none.Mixup(3).Apply(images, rand(4, 5), generator), "N×3", "4×5");
        Refused<ArgumentException>(() => none.Flip().Apply(rand(4, 3, 100)), "N×C×H×W", "4×3×100");
        Refused<ArgumentException>(() => none.Flip().Apply(rand(4, 30)), "N×C×H×W", "4×30");
        Refused<ArgumentException>(() => none.Flip().Apply(tensor(1f)), "N×C×H×W", "a scalar");

        static void Refused<T>(Func<object> what, params string[] words) where T : Exception
        {
            var message = Assert.Throws<T>(what).Message;
            Assert.All(words, w => Assert.Contains(w, message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Its_text_tells_apart_all_that_differs()
    {
        Augmentation none = new();
        Augmentation[] all = [none, none.Flip(), none.Flip(0.4), none.Shift(1), none.Shift(2), none.Crop(1), none.Crop(2),
            none.Rotate(1), none.Rotate(1.5), none.Erase(), none.Erase(0.4), none.Erase(0.5, 0.06), none.Erase(0.5, 0.05, 0.3),
            none.ColourJitter(), none.ColourJitter(0.1), none.ColourJitter(0.2, 0.1), none.ColourJitter(0.2, 0.2, 0.1),
            none.Mixup(10), none.Mixup(11), none.Mixup(10, 0.3), none.CutMix(10), none.CutMix(11), none.CutMix(10, 0.3),
            none.Flip().Shift(1), none.Shift(1).Flip()];
        Assert.Equal(all.Length, all.Select(a => a.ToString()).Distinct().Count());
    }

    [Fact]
    public void Many_steps_leave_no_tensor_behind()
    {
        using var images = rand(4, 3, 8, 8);
        using var labels = zeros(4, 8, 8, ScalarType.Int64);
        using var generator = new Generator(1);
        var before = Alone.Tensors();
        var (changed, maps) = new Augmentation().Flip().Shift(2).Crop(3).Rotate(20).Erase().ColourJitter().CutMix(3)
            .Apply(images, labels, generator);
        Assert.Equal(before + 2, Tensor.TotalCount);
        changed.Dispose();
        maps.Dispose();
        using (new Augmentation().Flip().Shift(2).Apply(images)) Assert.Equal(before + 1, Tensor.TotalCount);
    }
}
