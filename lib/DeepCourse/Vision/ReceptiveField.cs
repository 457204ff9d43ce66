namespace DeepCourse.Vision;

/// <summary>
/// What one neuron of a network of convolutions and poolings sees of the image: a square, which grows from layer to layer
/// (Araujo, Norris and Sim, 2019, "Computing Receptive Fields of Convolutional Neural Networks").
/// </summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Outputs">How many neurons stand in a row of its output.</param>
/// <param name="Size">The side of the field, in pixels of the image.</param>
/// <param name="Jump">How far apart the fields of two neighbours are, in pixels.</param>
/// <param name="Start">Where the first neuron's field begins, in pixels; negative when it begins in the padding.</param>
public sealed record ReceptiveField(string Layer, int Outputs, int Size, int Jump, int Start)
{
    /// <summary>A layer as far as its field of view goes.</summary>
    /// <param name="Name">What it is called.</param>
    /// <param name="Kernel">The side of its window.</param>
    /// <param name="Stride">How far the window moves.</param>
    /// <param name="Padding">How many zeros are put around, on each side.</param>
    public readonly record struct Layer2D(string Name, int Kernel, int Stride = 1, int Padding = 0);

    /// <summary>The fields of all layers of a network on images of side <paramref name="input"/>, the image itself
    /// first.</summary>
    /// <exception cref="ArgumentException">A window does not fit.</exception>
    public static IReadOnlyList<ReceptiveField> Of(int input, params IReadOnlyList<Layer2D> layers)
    {
        List<ReceptiveField> fields = [new("image", input, 1, 1, 0)];
        foreach (var layer in layers)
        {
            var below = fields[^1];
            fields.Add(
                new ReceptiveField(layer.Name, Convolution.OutputSize(below.Outputs, layer.Kernel, layer.Stride, layer.Padding),
                below.Size + (layer.Kernel - 1) * below.Jump, below.Jump * layer.Stride,
                below.Start - layer.Padding * below.Jump));
        }
        return fields;
    }

    /// <summary>The pixels that a neuron sees along one side: from, and one after the last. They may lie in the
    /// padding.</summary>
    public (int From, int To) Of(int neuron) => (Start + neuron * Jump, Start + neuron * Jump + Size);
}
