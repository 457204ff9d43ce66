using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Data;

[Collection(nameof(Alone))]
public sealed class BatchesTests
{
    /// <summary>Examples that say their number: as the only value of a 1×2×2 image, and as label modulo 10.</summary>
    private static (Tensor Images, Tensor Labels) Numbered(int count) =>
        (arange(count, dtype: ScalarType.Float32).reshape(-1, 1, 1, 1).expand(count, 1, 2, 2).contiguous(),
            arange(count).remainder(10));

    private static List<(long[] Examples, long[] Labels)> Seen(IEnumerable<Batch> batches) =>
        [.. batches.Select(b =>
            (b.Inputs.select(3, 0).select(2, 0).select(1, 0).to(ScalarType.Int64).contiguous().data<long>().ToArray(),
                b.Targets.data<long>().ToArray()))];

    [Theory]
    [InlineData(10, 3, false), InlineData(10, 3, true), InlineData(640, 64, false), InlineData(7, 7, false), InlineData(5_000, 1,
        false)]
    public void Every_example_comes_once_in_an_epoch_with_its_own_label(int count, int size, bool dropLast)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Numbered(count);
        var batches = new Batches(images, labels, size, dropLast: dropLast);
        var seen = Seen(batches.Epoch(1));
        Assert.Equal(batches.PerEpoch, seen.Count);
        Assert.Equal(batches.LastSize, seen[^1].Examples.Length);
        Assert.All(seen.SkipLast(1), b => Assert.Equal(size, b.Examples.Length));
        List<long> all = [.. seen.SelectMany(b => b.Examples)];
        Assert.Equal(dropLast ? count / size * size : count, all.Count);
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.Equal(all.Select(e => e % 10), seen.SelectMany(b => b.Labels));
    }

    [Fact]
    public void An_epoch_s_order_is_a_matter_of_seed_and_epoch()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Numbered(100);
        long[] Order(long seed, int epoch) =>
            [.. Seen(new Batches(images, labels, 32, seed: seed).Epoch(epoch + 1)).SelectMany(b => b.Examples)];
        Assert.Equal(Order(1, 3), Order(1, 3));
        Assert.NotEqual(Order(1, 3), Order(1, 4));
        Assert.NotEqual(Order(1, 3), Order(2, 3));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i),
            Seen(new Batches(images, labels, 32, shuffle: false).Epoch(6)).SelectMany(b => b.Examples));
    }

    [Theory]
    [InlineData(false, false), InlineData(true, false), InlineData(false, true), InlineData(true, true)]
    public void Beginning_in_the_middle_gives_what_would_have_come(bool augment, bool prefetch)
    {
        using var scope = NewDisposeScope();
        var images = rand(3_000, 1, 28, 28);
        var labels = randint(10, 3_000);
        var batches = new Batches(images, labels, 16, augmentation: augment ? new Augmentation().Flip().Shift(2).Erase() : null,
            prefetch: prefetch);
        List<float> Sums(int from) =>
            [.. batches.Epoch(3, from).Select(b => b.Inputs.sum().item<float>() + b.Targets.sum().item<long>())];
        var all = Sums(0);
        foreach (var from in new[] { 1, 64, 100, 163, 187 }) Assert.Equal(all.Skip(from), Sums(from));
        Assert.Empty(Sums(188));
    }

    [Fact]
    public void Another_thread_prepares_the_same_batches_and_may_be_left_alone_in_the_middle()
    {
        using var scope = NewDisposeScope();
        var images = rand(20_000, 1, 28, 28);
        var labels = randint(10, 20_000);
        List<float> Sums(bool prefetch) =>
            [.. new Batches(images, labels, 64, augmentation: new Augmentation().Flip(), prefetch: prefetch)
                .Epoch(1)
                .Select(b => b.Inputs.sum().item<float>())];
        Assert.Equal(Sums(false), Sums(true));
        var before = Alone.Tensors();
        foreach (var _ in new Batches(images, labels, 64, augmentation: new Augmentation().Flip(), prefetch: true).Epoch(1))
            break;
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void What_goes_wrong_on_the_other_thread_is_said_here()
    {
        using var scope = NewDisposeScope();
        var batches = new Batches(rand(10, 4), randint(2, 10), 5, augmentation: new Augmentation().Flip(), prefetch: true);
        Assert.Contains("N×C×H×W", Assert.Throws<ArgumentException>(() => batches.Epoch(1).ToList()).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1), InlineData(3)]
    public void Images_are_the_same_and_have_their_channels_last_in_memory(int channels)
    {
        using var scope = NewDisposeScope();
        var images = rand(8, channels, 5, 6);
        var batches = new Batches(images, arange(8), 4, shuffle: false);
        foreach (var kind in new[] { batches.Epoch(1), batches.InOrder(3) })
        {
            var at = 0;
            foreach (var batch in kind)
            {
                Assert.Equal([5 * 6 * channels, 1, 6 * channels, channels], batch.Inputs.stride());
                Assert.Equal(images[at..(at + batch.Count)].data<float>().ToArray(),
                    batch.Inputs.clone().contiguous().reshape(-1).data<float>().ToArray());
                at += batch.Count;
            }
            Assert.Equal(8, at);
        }
    }

    [Fact]
    public void A_convolution_gives_the_same_with_channels_last()
    {
        using var scope = NewDisposeScope();
        var images = rand(64, 1, 28, 28);
        using var layer = nn.Conv2d(1, 16, 3, padding: 1);
        foreach (var batch in new Batches(images, arange(64), 64, shuffle: false).Epoch(1))
            Assert.True(layer.call(batch.Inputs).allclose(layer.call(images), 1e-4, 1e-5));
    }

    [Fact]
    public void Balanced_classes_come_equally_often()
    {
        using var scope = NewDisposeScope();
        var labels = cat([zeros(900, ScalarType.Int64), ones(90, ScalarType.Int64), full(10, 2, ScalarType.Int64)]);
        var seen = Seen(new Batches(arange(1000, dtype: ScalarType.Float32).reshape(-1, 1, 1, 1), labels, 50, balanced: true)
            .Epoch(1));
        Assert.Equal([334, 333, 333], seen.SelectMany(b => b.Labels).CountBy(l => l).OrderBy(c => c.Key).Select(c => c.Value));
        Assert.Equal(10,
            seen.SelectMany(b => b.Examples.Zip(b.Labels)).Where(e => e.Second == 2).Select(e => e.First).Distinct().Count());
        Assert.Equal(333,
            seen.SelectMany(b => b.Examples.Zip(b.Labels)).Where(e => e.Second == 0).Select(e => e.First).Distinct().Count(),
            1.0);
    }

    [Fact]
    public void A_batch_is_a_slice_and_nothing_is_left_over()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Numbered(10_000);
        var batches = new Batches(images, labels, 64);
        var before = Alone.Tensors();
        foreach (var batch in batches.Epoch(1))
        {
            Assert.Equal(before + 4, Tensor.TotalCount); // a block's inputs and targets, and a slice of each
            Assert.True(batch.Targets.is_contiguous());
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void What_makes_no_batches_is_told_with_the_way_out()
    {
        using var scope = NewDisposeScope();
        var (x, y) = Numbered(10);
        void Says(string what, Func<object> make) =>
            Assert.Contains(what, Assert.Throws<ArgumentException>(make).Message, StringComparison.Ordinal);
        Says("size: 10", () => new Batches(x, y, 64));
        Says("10 inputs (10×1×2×2) and 9 targets (9)", () => new Batches(x, y[..9]));
        Says("The set is empty", () => new Batches(x[..0], y[..0]));
        Says("at least 1", () => new Batches(x, y, 0));
        Says("N×…", () => new Batches(tensor(1f), y));
        Says("int64", () => new Batches(x, y.to(ScalarType.Float32), 5, balanced: true));
    }
}
