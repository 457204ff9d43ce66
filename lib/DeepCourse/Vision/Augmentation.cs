using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepCourse.Vision;

/// <summary>
/// Data augmentation: every image is changed a little, each in its own way, every time that it is seen, so that a network can't
/// learn it by heart:
/// <c>new Augmentation().Flip().Shift(2)</c>. Works on whole batches, in the order in which it is put together; what a method
/// returns is a new one.
/// </summary>
public sealed class Augmentation
{
    private static readonly float[] Grey = [0.299f, 0.587f, 0.114f]; // how bright red, green and blue are (ITU-R BT.601)

    private readonly IReadOnlyList<(string Name, Func<Tensor, Tensor, Generator, (Tensor Images, Tensor Targets)> Apply)> _steps;

    /// <summary>One that changes nothing yet.</summary>
    public Augmentation() => _steps = [];

    private Augmentation(
        Augmentation before,
        string name,
        Func<Tensor, Tensor, Generator, (Tensor Images, Tensor Targets)> apply,
        bool mixes) =>
        (_steps, MixesTargets) = ([.. before._steps, (name, apply)], before.MixesTargets || mixes);

    /// <summary>Whether targets come out as N×K shares of classes (<see cref="Mixup"/>, <see cref="CutMix"/>).</summary>
    public bool MixesTargets { get; }

    /// <summary>Mirrors an image left to right, with a probability.</summary>
    public Augmentation Flip(double probability = 0.5) => With($"flip {probability}", (x, random) =>
        where(rand(x.shape[0], generator: random).lt(probability).reshape(-1, 1, 1, 1), x.flip(3), x));

    /// <summary>Moves an image by up to <paramref name="pixels"/> whole pixels in both directions; black comes in.</summary>
    public Augmentation Shift(int pixels) =>
        With($"shift {pixels}", (x, random) => Window(functional.pad(x, [pixels, pixels, pixels, pixels]), x, random));

    /// <summary>Continues the image beyond its edges by its mirror image, <paramref name="padding"/> pixels wide, and cuts a
    /// window of the old size out somewhere.</summary>
    public Augmentation Crop(int padding) =>
        With($"crop {padding}",
            (x, random) => Window(functional.pad(x, [padding, padding, padding, padding], PaddingModes.Reflect), x, random));

    /// <summary>Turns an image about its centre by up to so many degrees, either way; black comes in.</summary>
    public Augmentation Rotate(double degrees) => With($"rotate {degrees}", (x, random) =>
    {
        var angle = (rand(x.shape[0], generator: random) * 2 - 1) * (degrees * Math.PI / 180);
        var (cosine, sine, zero) = (angle.cos(), angle.sin(), zeros_like(angle));
        // In units of half a side, so that an image that is no square is turned and not sheared.
        var aspect = (double)x.shape[2] / x.shape[3];
        var theta = stack([stack([cosine, -sine * aspect, zero], 1), stack([sine / aspect, cosine, zero], 1)], 1);
        return functional.grid_sample(x, functional.affine_grid(theta, x.shape, align_corners: false), align_corners: false);
    });

    /// <summary>Blackens a rectangle of <paramref name="least"/> to <paramref name="most"/> of the area somewhere, with a
    /// probability (random erasing, Zhong et al. 2017).</summary>
    public Augmentation Erase(double probability = 0.5, double least = 0.05, double most = 0.2) =>
        With($"erase {probability} {least} {most}", (x, random) =>
    {
        var n = x.shape[0];
        var area = rand(n, generator: random) * (most - least) + least;
        area = area * rand(n, generator: random).lt(probability);
        return x.masked_fill(Rectangle(x, area, random), 0);
    });

    /// <summary>
    /// Changes brightness, contrast and, of colour images, saturation by factors between 1 − and 1 + the given numbers; values
    /// stay in [0, 1].
    /// </summary>
    public Augmentation ColourJitter(double brightness = 0.2, double contrast = 0.2, double saturation = 0.2) =>
        With($"colour {brightness} {contrast} {saturation}", (x, random) =>
    {
        Tensor Factor(double by) => ((rand(x.shape[0], generator: random) * 2 - 1) * by + 1).reshape(-1, 1, 1, 1);
        x = x * Factor(brightness);
        var mean = x.mean([1, 2, 3], keepdim: true);
        x = (x - mean) * Factor(contrast) + mean;
        var colours = Factor(saturation);
        if (x.shape[1] == 3)
        {
            var grey = (x * tensor(Grey).reshape(1, 3, 1, 1)).sum(1, keepdim: true);
            x = (x - grey) * colours + grey;
        }
        return x.clamp(0, 1);
    });

    /// <summary>
    /// Blends every image with another one of the batch, and their labels in the same share, drawn from a Beta distribution
    /// (mixup, Zhang et al. 2017). Targets come out N×K.
    /// </summary>
    /// <param name="classes">K, how many classes there are.</param>
    /// <param name="alpha">Of the distribution: small for shares near 0 and 1.</param>
    public Augmentation Mixup(int classes, double alpha = 0.2) => new(this, $"mixup {alpha}", (x, y, random) =>
    {
        var (other, share) = (randperm(x.shape[0], generator: random), Share(x.shape[0], alpha, random));
        var shares = share.reshape(-1, 1, 1, 1);
        return (x * shares + x.index_select(0, other) * (1 - shares), Mix(y, other, share, classes));
    }, mixes: true);

    /// <summary>
    /// Puts a rectangle of another image of the batch into every image, and mixes their labels by the areas (CutMix, Yun et al.
    /// 2019). Targets come out N×K.
    /// </summary>
    /// <param name="classes">K, how many classes there are.</param>
    /// <param name="alpha">Of the areas' distribution; 1 for all alike.</param>
    public Augmentation CutMix(int classes, double alpha = 1) => new(this, $"cutmix {alpha}", (x, y, random) =>
    {
        var other = randperm(x.shape[0], generator: random);
        var inside = Rectangle(x, 1 - Share(x.shape[0], alpha, random), random);
        var share = 1 - inside.to(x.dtype).mean([1, 2, 3]); // by what is really covered, at the edges and in whole pixels
        return (where(inside, x.index_select(0, other), x), Mix(y, other, share, classes));
    }, mixes: true);

    /// <summary>Changes a batch.</summary>
    /// <param name="images">N×C×H×W floats. They stay the caller's.</param>
    /// <param name="targets">N labels. They stay the caller's.</param>
    /// <param name="generator">What is random comes from it.</param>
    /// <param name="batch">If the images are several batches, how many are in one: mixing stays within it.</param>
    /// <returns>New tensors, or the given ones where nothing changes them.</returns>
    /// <exception cref="ArgumentException">The images have another shape, or are no floats.</exception>
    public (Tensor Images, Tensor Targets) Apply(Tensor images, Tensor targets, Generator generator, int? batch = null)
    {
        if (images.ndim != 4 || !images.is_floating_point())
            throw new ArgumentException(
                "Augmentation takes images N×C×H×W of floating-point numbers; these "
                    + $"are {string.Join('×', images.shape)} {images.dtype}.", nameof(images));
        if (MixesTargets && batch is { } size && size < images.shape[0])
        {
            using var parts = NewDisposeScope();
            var pairs = images.split(size).Zip(targets.split(size), (x, y) => Apply(x, y, generator)).ToList();
            return (cat([.. pairs.Select(p => p.Images)]).MoveToOuterDisposeScope(),
                cat([.. pairs.Select(p => p.Targets)]).MoveToOuterDisposeScope());
        }
        using var noGrad = no_grad();
        foreach (var (_, apply) in _steps)
        {
            using var scope = NewDisposeScope();
            var (before, beforeTargets) = (images, targets);
            (images, targets) = apply(images, targets, generator);
            if (!ReferenceEquals(images, before)) images.MoveToOuterDisposeScope();
            if (!ReferenceEquals(targets, beforeTargets)) targets.MoveToOuterDisposeScope();
        }
        return (images, targets);
    }

    /// <summary>The images changed, such as to look at. A new tensor N×C×H×W; the caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">Labels are mixed as well: give them.</exception>
    public Tensor Apply(Tensor images, long seed = 1)
    {
        if (MixesTargets)
            throw new InvalidOperationException("This augmentation mixes labels as well: call Apply(images, labels, generator).");
        using var generator = new Generator((ulong)seed);
        using var scope = NewDisposeScope();
        var (changed, _) = Apply(images, images, generator);
        return (ReferenceEquals(changed, images) ? images.clone() : changed).MoveToOuterDisposeScope();
    }

    /// <summary>What it does, in words.</summary>
    public override string ToString() => _steps.Count == 0 ? "no augmentation" : string.Join(", ", _steps.Select(s => s.Name));

    private Augmentation With(string name, Func<Tensor, Generator, Tensor> change) =>
        new(this, name, (x, y, random) => (change(x, random), y), mixes: false);

    /// <summary>A window of the images' own size somewhere in the larger padded ones, for each its own.</summary>
    private static Tensor Window(Tensor padded, Tensor images, Generator random)
    {
        var (n, rows, columns) = (images.shape[0], padded.shape[2] - images.shape[2] + 1, padded.shape[3] - images.shape[3] + 1);
        var windows = padded.unfold(2, images.shape[2], 1).unfold(3, images.shape[3], 1); // N×C×places×places×H×W, without a copy
        return windows[TensorIndex.Tensor(arange(n)), TensorIndex.Colon, TensorIndex.Tensor(randint(rows, n, generator: random)),
            TensorIndex.Tensor(randint(columns, n, generator: random))];
    }

    /// <summary>N×1×H×W: where a rectangle of the given share of the area lies, of an aspect between 1:2 and 2:1, wholly inside
    /// where it fits.</summary>
    private static Tensor Rectangle(Tensor images, Tensor area, Generator random)
    {
        var (n, rows, columns) = (images.shape[0], images.shape[2], images.shape[3]);
        var aspect = (rand(n, generator: random) * 2 - 1).mul(Math.Log(2) / 2).exp();
        var (height, width) = ((area.sqrt() * aspect).clamp_max(1) * rows, (area.sqrt() / aspect).clamp_max(1) * columns);
        var (top, left) = (rand(n, generator: random) * (rows - height), rand(n, generator: random) * (columns - width));
        Tensor Between(Tensor from, Tensor length, long size)
        {
            var at = arange(size) + 0.5;
            return at.ge(from.unsqueeze(1)) & at.lt((from + length).unsqueeze(1));
        }
        return (Between(top, height, rows).unsqueeze(2) & Between(left, width, columns).unsqueeze(1)).unsqueeze(1);
    }

    private static Tensor Share(long count, double alpha, Generator random)
    {
        using var beta = distributions.Beta(tensor((float)alpha), tensor((float)alpha), random);
        return beta.sample(count);
    }

    private static Tensor Mix(Tensor targets, Tensor other, Tensor share, int classes)
    {
        var hot = targets.ndim == 2 ? targets : functional.one_hot(targets, classes).to(ScalarType.Float32);
        return hot * share.unsqueeze(1) + hot.index_select(0, other) * (1 - share.unsqueeze(1));
    }
}
