using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace DeepCourse.Vision;

/// <summary>
/// Data augmentation: every image is changed a little, each in its own way, every time that it is seen, so that a network can't
/// learn it by heart:
/// <c>new Augmentation().Flip().Shift(2)</c>. Works on whole batches, in the order in which it is put together; what a method
/// returns is a new one.
/// </summary>
/// <remarks>
/// Targets that say something of every pixel (maps N×H×W, or N×K×H×W) move with their images: turned, shifted and mirrored alike,
/// always by the nearest pixel, since nothing lies between two labels. What comes in from outside is labelled
/// <see cref="OutsideLabel"/>. Colours and <see cref="Erase"/> leave maps alone: what is hidden is still there.
/// </remarks>
public sealed class Augmentation
{
    /// <summary>The label of pixels that come in from outside an image, where integer maps are moved: the one that
    /// cross-entropy leaves out (its <c>ignore_index</c>). In maps of bytes, Booleans and floats, which can't say it, they
    /// are 0.</summary>
    public const long OutsideLabel = -100;

    private static readonly float[] Grey = [0.299f, 0.587f, 0.114f]; // how bright red, green and blue are (ITU-R BT.601)

    private readonly IReadOnlyList<(string Name, Change Apply)> _steps;

    /// <summary>One that changes nothing yet.</summary>
    public Augmentation() => _steps = [];

    private Augmentation(Augmentation before, string name, Change apply, bool mixes = false, bool moves = false) =>
        (_steps, MixesTargets, MovesTargets) =
            ([.. before._steps, (name, apply)], before.MixesTargets || mixes, before.MovesTargets || moves);

    private delegate (Tensor Images, Tensor Targets) Change(Tensor images, Tensor targets, Generator random);

    /// <summary>Whether labels come out as N×K shares of classes (<see cref="Mixup"/>, <see cref="CutMix"/>).</summary>
    public bool MixesTargets { get; }

    /// <summary>Whether something changes its place, so that maps must go with it.</summary>
    internal bool MovesTargets { get; }

    /// <summary>Mirrors an image left to right, with a probability.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not between 0 and 1.</exception>
    public Augmentation Flip(double probability = 0.5)
    {
        Between(probability, 0, 1, nameof(probability), "The probability of a flip");
        return Moving($"flip {probability}", (x, random) =>
        {
            var flipped = Uniform(x, random).lt(probability).reshape(-1, 1, 1, 1);
            return (x, isMap) => where(flipped, x.flip(3), x);
        });
    }

    /// <summary>Moves an image by up to <paramref name="pixels"/> whole pixels in both directions; black comes in.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
    public Augmentation Shift(int pixels)
    {
        Between(pixels, 0, int.MaxValue, nameof(pixels), "The pixels of a shift, either way,");
        return Moving($"shift {pixels}", (x, random) =>
        {
            if (pixels >= Math.Min(x.shape[2], x.shape[3]))
                throw new ArgumentException(
                    $"Shift({pixels}) would move images of {x.shape[2]}×{x.shape[3]} out of themselves: give fewer pixels.");
            var window = Window(pixels, x, random);
            return (x, isMap) => window(functional.pad(x, [pixels, pixels, pixels, pixels], value: isMap ? Outside(x) : 0));
        });
    }

    /// <summary>Continues the image beyond its edges by its mirror image, <paramref name="padding"/> pixels wide, and cuts a
    /// window of the old size out somewhere.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
    public Augmentation Crop(int padding)
    {
        Between(padding, 0, int.MaxValue, nameof(padding), "The padding of a crop");
        return Moving($"crop {padding}", (x, random) =>
        {
            if (padding >= Math.Min(x.shape[2], x.shape[3]))
                throw new ArgumentException(
                    $"Crop({padding}) continues images of {x.shape[2]}×{x.shape[3]} by their mirror images, which "
                        + $"reach {Math.Min(x.shape[2], x.shape[3]) - 1} pixels: give at most that.");
            var window = Window(padding, x, random);
            var (rows, columns) = (Mirrored(x.shape[2], x), Mirrored(x.shape[3], x));
            return (x, isMap) => window(x.index_select(2, rows).index_select(3, columns));
        });

        // By hand, since libtorch mirrors floats alone, and labels are integers.
        Tensor Mirrored(long size, Tensor like)
        {
            var at = arange(-padding, size + padding).abs();
            return (size - 1 - (size - 1 - at).abs()).to(like.device);
        }
    }

    /// <summary>Turns an image about its centre by up to so many degrees, either way; black comes in.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative number, or none.</exception>
    public Augmentation Rotate(double degrees)
    {
        Between(degrees, 0, double.MaxValue, nameof(degrees), "The degrees of a rotation, either way,");
        return Moving($"rotate {degrees}", (x, random) =>
        {
            var angle = (Uniform(x, random) * 2 - 1) * (degrees * Math.PI / 180);
            var (cosine, sine, zero) = (angle.cos(), angle.sin(), zeros_like(angle));
            // In units of half a side, so that an image that is no square is turned and not sheared.
            var aspect = (double)x.shape[2] / x.shape[3];
            var theta = stack([stack([cosine, -sine * aspect, zero], 1), stack([sine / aspect, cosine, zero], 1)], 1);
            var grid = functional.affine_grid(theta, [x.shape[0], 1, x.shape[2], x.shape[3]], align_corners: false);
            return (x, isMap) => isMap
                // In double precision every label is exact; 0 is what comes in.
                ? (functional.grid_sample(x.to(ScalarType.Float64) - Outside(x), grid.to(ScalarType.Float64),
                    GridSampleMode.Nearest, align_corners: false) + Outside(x)).to(x.dtype)
                : functional.grid_sample(x, grid.to(x.dtype), align_corners: false);
        });
    }

    /// <summary>Blackens a rectangle of <paramref name="least"/> to <paramref name="most"/> of the area somewhere, with a
    /// probability (random erasing, Zhong et al. 2017). Maps keep what they say of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is not between 0 and 1, or the least is more than the
    /// most.</exception>
    public Augmentation Erase(double probability = 0.5, double least = 0.05, double most = 0.2)
    {
        Between(probability, 0, 1, nameof(probability), "The probability of erasing");
        Between(most, 0, 1, nameof(most), "The largest share of the area");
        Between(least, 0, most, nameof(least), "The smallest share of the area");
        return Colouring($"erase {probability} {least} {most}", (x, random) =>
        {
            var area = Uniform(x, random) * (most - least) + least;
            area = area * Uniform(x, random).lt(probability);
            return x.masked_fill(Rectangle(x, area, random), 0);
        });
    }

    /// <summary>
    /// Changes brightness, contrast and, of colour images, saturation by factors between 1 − and 1 + the given numbers. Values
    /// stay in [0, 1]; those of an image that reaches beyond, such as a normalised one, stay within its own range.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A negative number, or none.</exception>
    public Augmentation ColourJitter(double brightness = 0.2, double contrast = 0.2, double saturation = 0.2)
    {
        Between(brightness, 0, double.MaxValue, nameof(brightness), "A change of brightness");
        Between(contrast, 0, double.MaxValue, nameof(contrast), "A change of contrast");
        Between(saturation, 0, double.MaxValue, nameof(saturation), "A change of saturation");
        return Colouring($"colour {brightness} {contrast} {saturation}", (x, random) =>
        {
            // Drawn also where nothing comes of it, so that one number does not change the others' luck.
            Tensor Factor(double by) => ((Uniform(x, random) * 2 - 1) * by + 1).clamp_min(0).to(x.dtype).reshape(-1, 1, 1, 1);
            var (darkest, brightest) = (x.amin([1, 2, 3], true).clamp_max(0), x.amax([1, 2, 3], true).clamp_min(1));
            var (light, spread, colours) = (Factor(brightness), Factor(contrast), Factor(saturation));
            if (brightness > 0) x = x * light;
            if (contrast > 0)
            {
                var mean = x.mean([1, 2, 3], keepdim: true);
                x = (x - mean) * spread + mean;
            }
            if (saturation > 0 && x.shape[1] == 3)
            {
                var grey = (x * tensor(Grey, x.dtype, x.device).reshape(1, 3, 1, 1)).sum(1, keepdim: true);
                x = (x - grey) * colours + grey;
            }
            return x.clamp(darkest, brightest);
        });
    }

    /// <summary>
    /// Blends every image with another one of the batch, and their labels in the same share, drawn from a Beta distribution
    /// (mixup, Zhang et al. 2017). Labels come out N×K. Maps of shares N×K×H×W are blended pixel by pixel; maps of integers are
    /// refused.
    /// </summary>
    /// <param name="classes">K, how many classes there are.</param>
    /// <param name="alpha">Of the distribution: small for shares near 0 and 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two classes, or an α that is not positive.</exception>
    public Augmentation Mixup(int classes, double alpha = 0.2)
    {
        CheckMix(classes, alpha);
        return new(this, $"mixup {classes} {alpha}", (x, y, random) =>
        {
            if (y.ndim >= 3 && !y.is_floating_point())
                throw new ArgumentException(
                    $"Mixup blends targets, and labels of pixels can't be blended; these are {Shape(y)} {y.dtype}. Give shares "
                        + "of classes N×K×H×W as floats, or take CutMix, which keeps every pixel's label.");
            var (other, share) = (randperm(x.shape[0], generator: random).to(x.device), Share(x, alpha, random));
            Tensor Blend(Tensor of, int dimensions)
            {
                var shares = share.to(of.dtype).reshape([-1, .. Enumerable.Repeat(1L, dimensions - 1)]);
                return of * shares + of.index_select(0, other.to(of.device)) * (1 - shares);
            }
            return (Blend(x, 4), y.ndim >= 3 ? Blend(y, (int)y.ndim) : Mix(y, other, share, classes, "Mixup"));
        }, mixes: true);
    }

    /// <summary>
    /// Puts a rectangle of another image of the batch into every image, and mixes their labels by the areas (CutMix, Yun et al.
    /// 2019). Labels come out N×K; maps get the other image's rectangle as the image does, and keep their type.
    /// </summary>
    /// <param name="classes">K, how many classes there are.</param>
    /// <param name="alpha">Of the areas' distribution; 1 for all alike.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two classes, or an α that is not positive.</exception>
    public Augmentation CutMix(int classes, double alpha = 1)
    {
        CheckMix(classes, alpha);
        return new(this, $"cutmix {classes} {alpha}", (x, y, random) =>
        {
            var other = randperm(x.shape[0], generator: random).to(x.device);
            var inside = Rectangle(x, 1 - Share(x, alpha, random), random);
            var share = 1 - inside.to(x.dtype).mean([1, 2, 3]); // by what is really covered, at the edges and in whole pixels
            Tensor Put(Tensor of) => where(of.ndim == 3 ? inside.squeeze(1) : inside, of.index_select(0, other), of);
            return (Put(x), y.ndim >= 3 ? Put(y) : Mix(y, other, share, classes, "CutMix"));
        }, mixes: true, moves: true);
    }

    /// <summary>Changes a batch.</summary>
    /// <param name="images">N×C×H×W floats of any precision, with any number of channels. They stay the caller's.</param>
    /// <param name="targets">N labels, N×K shares of classes, or maps N×H×W or N×K×H×W that go with the images; any others only
    /// where nothing is moved or mixed. They stay the caller's.</param>
    /// <param name="generator">What is random comes from it; on the CPU, wherever the images are.</param>
    /// <param name="batch">If the images are several batches, how many are in one: mixing stays within it.</param>
    /// <returns>New tensors, or the given ones where nothing changes them. The images keep their type.</returns>
    /// <exception cref="ArgumentException">The images have another shape, or are no floats; the targets do not go with
    /// them.</exception>
    public (Tensor Images, Tensor Targets) Apply(Tensor images, Tensor targets, Generator generator, int? batch = null)
    {
        Check(images, targets);
        if (MixesTargets && batch is { } size && size < images.shape[0])
        {
            using var parts = NewDisposeScope();
            var pairs = images.split(size).Zip(targets.split(size), (x, y) => Apply(x, y, generator)).ToList();
            return (cat([.. pairs.Select(p => p.Images)]).MoveToOuterDisposeScope(),
                cat([.. pairs.Select(p => p.Targets)]).MoveToOuterDisposeScope());
        }
        if (_steps.Count == 0) return (images, targets);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        // libtorch computes little in half precision on the CPU, and turns and means lose too much in it.
        var isHalf = images.dtype is ScalarType.Float16 or ScalarType.BFloat16;
        var (x, y) = (isHalf ? images.to(ScalarType.Float32) : images, targets);
        foreach (var (_, apply) in _steps)
        {
            using var step = NewDisposeScope();
            var (before, beforeTargets) = (x, y);
            (x, y) = apply(x, y, generator);
            if (!ReferenceEquals(x, before)) x.MoveToOuterDisposeScope();
            if (!ReferenceEquals(y, beforeTargets)) y.MoveToOuterDisposeScope();
            if (!ReferenceEquals(x, before) && !ReferenceEquals(before, images)) before.Dispose();
            if (!ReferenceEquals(y, beforeTargets) && !ReferenceEquals(beforeTargets, targets)) beforeTargets.Dispose();
        }
        if (isHalf) x = x.to(images.dtype);
        return (ReferenceEquals(x, images) ? x : x.MoveToOuterDisposeScope(),
            ReferenceEquals(y, targets) ? y : y.MoveToOuterDisposeScope());
    }

    /// <summary>The images changed, such as to look at. A new tensor N×C×H×W; the caller disposes it.</summary>
    /// <exception cref="ArgumentException">The images have another shape, or are no floats.</exception>
    /// <exception cref="InvalidOperationException">Labels are mixed as well: give them.</exception>
    public Tensor Apply(Tensor images, long seed = 1)
    {
        if (MixesTargets)
            throw new InvalidOperationException("This augmentation mixes labels as well: call Apply(images, labels, generator).");
        using var generator = new Generator((ulong)seed);
        using var scope = NewDisposeScope();
        var (changed, _) = Apply(images, zeros(images.ndim == 0 ? 0 : images.shape[0], ScalarType.Int64), generator);
        return (ReferenceEquals(changed, images) ? images.clone() : changed).MoveToOuterDisposeScope();
    }

    /// <summary>What it does, in words: every step with all its numbers, so that two are alike if their texts are.</summary>
    public override string ToString() => _steps.Count == 0 ? "no augmentation" : string.Join(", ", _steps.Select(s => s.Name));

    /// <summary>A step that changes values and leaves every pixel where it is.</summary>
    private Augmentation Colouring(string name, Func<Tensor, Generator, Tensor> change) =>
        new(this, name, (x, y, random) => (change(x, random), y));

    /// <summary>A step that moves pixels: what it draws for the images is done to them, and to maps N×K×H×W.</summary>
    private Augmentation Moving(string name, Func<Tensor, Generator, Func<Tensor, bool, Tensor>> draw) =>
        new(this, name, (x, y, random) =>
        {
            var move = draw(x, random);
            return (move(x, false), y.ndim switch
            {
                3 => move(y.unsqueeze(1), true).squeeze(1),
                4 => move(y, true),
                _ => y,
            });
        }, moves: true);

    private void Check(Tensor images, Tensor targets)
    {
        if (images.ndim != 4 || !images.is_floating_point())
            throw new ArgumentException(
                "Augmentation takes images N×C×H×W of floating-point numbers; these "
                    + $"are {Shape(images)} {images.dtype}. One image is made a batch by unsqueeze(0), bytes are made floats "
                    + "by .to(float32) / 255; signals and features have no sides to flip or turn.", nameof(images));
        if (targets.ndim == 0 || targets.shape[0] != images.shape[0])
            throw new ArgumentException(
                $"There is a target for each image; these are {images.shape[0]} images, and targets {Shape(targets)}.",
                nameof(targets));
        var isMap = targets.ndim is 3 or 4
            && targets.shape.AsSpan(targets.shape.Length - 2).SequenceEqual(images.shape.AsSpan(2));
        if (targets.ndim > 2 && !isMap && (MovesTargets || MixesTargets))
            throw new ArgumentException(
                $"“{this}” moves or mixes images {Shape(images)}, and their targets {Shape(targets)} can't follow: it takes "
                    + $"labels N, shares N×K, and maps N×{images.shape[2]}×{images.shape[3]} "
                    + $"or N×K×{images.shape[2]}×{images.shape[3]}.",
                nameof(targets));
        if (isMap && targets.device_type != images.device_type)
            throw new ArgumentException(
                $"Maps move with their images, on the same device; the images are on {images.device} and the maps "
                    + $"on {targets.device}.", nameof(targets));
    }

    private static void Between(double value, double least, double most, string name, string what)
    {
        if (value >= least && value <= most) return; // not a number is neither
        var range = most is double.MaxValue or int.MaxValue ? $"at least {least}" : $"between {least} and {most}";
        throw new ArgumentOutOfRangeException(name, value, $"{what} is {range}; this is {value}.");
    }

    private static void CheckMix(int classes, double alpha)
    {
        Between(classes, 2, int.MaxValue, nameof(classes), "The number of classes to mix");
        if (!(alpha > 0 && double.IsFinite(alpha)))
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha,
                $"The α of a Beta distribution is positive; this one is {alpha}.");
    }

    private static string Shape(Tensor tensor) => tensor.ndim == 0 ? "a scalar" : string.Join('×', tensor.shape);

    /// <summary>What a map of this type says of pixels that come from outside.</summary>
    private static double Outside(Tensor map) =>
        map.dtype is ScalarType.Int64 or ScalarType.Int32 or ScalarType.Int16 or ScalarType.Int8 ? OutsideLabel : 0;

    /// <summary>A number in [0, 1) for each image, the same ones on every device.</summary>
    private static Tensor Uniform(Tensor images, Generator random) =>
        rand(images.shape[0], ScalarType.Float32, generator: random).to(images.device);

    /// <summary>Cuts a window of the images' own size somewhere out of what was padded by so many pixels, for each its
    /// own.</summary>
    private static Func<Tensor, Tensor> Window(int padding, Tensor images, Generator random)
    {
        var (n, height, width) = (images.shape[0], images.shape[2], images.shape[3]);
        Tensor Place() => randint(2 * padding + 1, n, generator: random).to(images.device);
        var (which, top, left) = (arange(n).to(images.device), Place(), Place());
        return padded =>
        {
            var windows = padded.unfold(2, height, 1).unfold(3, width, 1); // N×C×places×places×H×W, without a copy
            return windows[TensorIndex.Tensor(which), TensorIndex.Colon, TensorIndex.Tensor(top), TensorIndex.Tensor(left)];
        };
    }

    /// <summary>N×1×H×W: where a rectangle of the given share of the area lies, of an aspect between 1:2 and 2:1, wholly inside
    /// where it fits.</summary>
    private static Tensor Rectangle(Tensor images, Tensor area, Generator random)
    {
        var (rows, columns) = (images.shape[2], images.shape[3]);
        var aspect = (Uniform(images, random) * 2 - 1).mul(Math.Log(2) / 2).exp();
        var (height, width) = ((area.sqrt() * aspect).clamp_max(1) * rows, (area.sqrt() / aspect).clamp_max(1) * columns);
        var (top, left) = (Uniform(images, random) * (rows - height), Uniform(images, random) * (columns - width));
        Tensor Inside(Tensor from, Tensor length, long size)
        {
            var at = arange(size).to(images.device) + 0.5;
            return at.ge(from.unsqueeze(1)) & at.lt((from + length).unsqueeze(1));
        }
        return (Inside(top, height, rows).unsqueeze(2) & Inside(left, width, columns).unsqueeze(1)).unsqueeze(1);
    }

    private static Tensor Share(Tensor images, double alpha, Generator random)
    {
        // A distribution disposes the generator that it was given, so that it gets one of its own.
        using var seed = randint(long.MaxValue, [1], generator: random);
        var own = new Generator((ulong)seed.item<long>());
        using var beta = distributions.Beta(tensor((float)alpha), tensor((float)alpha), own);
        return beta.sample(images.shape[0]).to(images.device);
    }

    /// <summary>N×K shares: the labels' own, and the others'.</summary>
    private static Tensor Mix(Tensor targets, Tensor other, Tensor share, int classes, string step)
    {
        var isShares = targets.ndim == 2 && targets.is_floating_point();
        if (isShares ? targets.shape[1] != classes : targets.ndim != 1 || targets.dtype != ScalarType.Int64)
            throw new ArgumentException(
                $"{step} of {classes} classes takes N labels as int64, or N×{classes} shares as floats; these "
                    + $"are {Shape(targets)} {targets.dtype}.");
        if (!isShares && targets.numel() > 0 && (targets.min().item<long>() < 0 || targets.max().item<long>() >= classes))
            throw new ArgumentException(
                $"{step} was told of {classes} classes, 0 to {classes - 1}, and there are labels "
                    + $"from {targets.min().item<long>()} to {targets.max().item<long>()}: give the number of all classes.");
        var hot = isShares ? targets : functional.one_hot(targets, classes).to(ScalarType.Float32);
        var shares = share.to(hot.dtype).to(hot.device).unsqueeze(1);
        return hot * shares + hot.index_select(0, other.to(hot.device)) * (1 - shares);
    }
}
