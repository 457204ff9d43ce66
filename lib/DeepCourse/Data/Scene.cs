using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Data;

/// <summary>
/// A scene made of real things: pieces of clothing (Fashion-MNIST) somewhere on a photograph. What is where is known, so that
/// finding it can be learned and tested.
/// </summary>
public sealed class Scene : IDisposable
{
    private const float Solid = 0.08f; // darker than this, a pixel of an item counts as background

    private Scene(Tensor image, Tensor mask, IReadOnlyList<Box> boxes) => (Image, Mask, Boxes) = (image, mask, boxes);

    /// <summary>1×H×W, floats in [0, 1].</summary>
    public Tensor Image { get; }

    /// <summary>H×W, int64: 0 for the background, 1 + class for a pixel of an item.</summary>
    public Tensor Mask { get; }

    /// <summary>Where the items are.</summary>
    public IReadOnlyList<Box> Boxes { get; }

    /// <summary>Puts <paramref name="items"/> pieces of clothing on a piece of a photograph, so that they do not
    /// overlap.</summary>
    /// <param name="clothes">Where the pieces come from.</param>
    /// <param name="background">A photograph, at least as large as the scene.</param>
    /// <param name="side">The scene's height and width.</param>
    /// <param name="items">How many pieces.</param>
    /// <param name="random">Which pieces, and where. The same seed gives the same scene.</param>
    /// <returns>A new scene; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">So many pieces do not fit, or the photograph is smaller than the scene.</exception>
    public static Scene Compose(FashionMnist clothes, Picture background, int side, int items, Random random)
    {
        if (items < 0 || items * 4 * 28 * 28 > side * side)
            throw new ArgumentException(
                $"{items} pieces of 28×28 are too many for a scene of {side}×{side}: leave three quarters of it free.");
        if (background.Width < side || background.Height < side)
            throw new ArgumentException(
                $"The photograph has {background.Width}×{background.Height} pixels and the scene {side}×{side}: resize it.");
        var grey = background.ToGrey();
        var (top, left) = (random.Next(background.Height - side + 1), random.Next(background.Width - side + 1));
        var pixels = new float[side * side];
        var mask = new long[side * side];
        // darker than what lies on it
        for (var i = 0; i < pixels.Length; i++) pixels[i] = 0.1f + 0.35f * grey[0, top + i / side, left + i % side];
        var boxes = new List<Box>();
        for (var tries = 0; boxes.Count < items && tries < 10_000; tries++)
        {
            var index = random.Next(clothes.Count);
            var place = new Box((int)clothes.Labels[index].item<long>(), random.Next(side - 28 + 1), random.Next(side - 28 + 1),
                28, 28);
            if (boxes.Any(b => Math.Abs(b.Row - place.Row) < 28 && Math.Abs(b.Column - place.Column) < 28)) continue;
            using var item = clothes.Images[index];
            boxes.Add(Put(item.ToFloats(), place, pixels, mask, side));
        }
        return new Scene(tensor(pixels, [1, side, side]), tensor(mask, [side, side]), boxes);
    }

    /// <summary>Puts an item down; returns the box that is tight around it.</summary>
    private static Box Put(float[] item, Box place, float[] pixels, long[] mask, int side)
    {
        int top = 28, bottom = -1, left = 28, right = -1;
        for (var r = 0; r < 28; r++)
            for (var c = 0; c < 28; c++)
            {
                if (item[r * 28 + c] < Solid) continue;
                var at = (place.Row + r) * side + place.Column + c;
                (pixels[at], mask[at]) = (0.25f + 0.75f * item[r * 28 + c], place.Label + 1);
                (top, bottom, left, right) = (Math.Min(top, r), Math.Max(bottom, r), Math.Min(left, c), Math.Max(right, c));
            }
        return place with
        {
            Row = place.Row + top,
            Column = place.Column + left,
            Height = bottom - top + 1,
            Width = right - left + 1
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Image.Dispose();
        Mask.Dispose();
    }
}
