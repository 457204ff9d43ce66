namespace DeepCourse.Summaries;

/// <summary>One module of a network as it was called once: a row of the table, and the rows below it.</summary>
/// <param name="Name">Its name in the module around it, such as "conv1"; empty for the whole.</param>
/// <param name="Path">Its name in the whole network, such as "layer1.0.conv1"; empty for the whole.</param>
/// <param name="Type">What it is, such as "Conv2d".</param>
/// <param name="Depth">How many modules are around it.</param>
public sealed record LayerSummary(string Name, string Path, string Type, int Depth)
{
    /// <summary>Shapes of the tensors that go in, without the batch; null where it was not seen. Where the network folds steps of
    /// time or frames into the batch, their number stands there: it is of one example.</summary>
    public IReadOnlyList<IReadOnlyList<long>>? Inputs { get; init; }

    /// <summary>Shapes of the tensors that come out, without the batch; null where it was not seen.</summary>
    public IReadOnlyList<IReadOnlyList<long>>? Outputs { get; init; }

    /// <summary>Height and width of its window, where it has one.</summary>
    public IReadOnlyList<long>? Kernel { get; init; }

    /// <summary>Steps of its window, where it has one.</summary>
    public IReadOnlyList<long>? Stride { get; init; }

    /// <summary>Rows and columns that are added on each side, where it has a window.</summary>
    public IReadOnlyList<long>? Padding { get; init; }

    /// <summary>How many parameters it holds itself; those of the modules below it are theirs.</summary>
    public long Parameters { get; init; }

    /// <summary>How many of these training may change.</summary>
    public long Trainable { get; init; }

    /// <summary>
    /// Multiplications of a weight with an input, each with its addition, for one example: counted for convolutions (also
    /// transposed), linear, bilinear and recurrent layers, attention and transformers, which have those of attention's two
    /// products besides. A bias, a lookup in an embedding, a norm, an activation and what the network's own code computes count
    /// nothing.
    /// </summary>
    public long MultiplyAdds { get; init; }

    /// <summary>Bytes of what comes out, for one example.</summary>
    public long OutputBytes { get; init; }

    /// <summary>Whether it, or something that it holds, was counted in a row before: the same module twice, or tied weights.
    /// </summary>
    public bool IsShared { get; init; }

    /// <summary>Whether the network's output depends on weights of its own although it was not called: its forward was, or a
    /// function used its weights.</summary>
    public bool IsUsedWithoutCall { get; init; }

    /// <summary>The modules that it called, or holds without calling them.</summary>
    public IReadOnlyList<LayerSummary> Children { get; init; } = [];

    /// <summary>Whether it was seen at work.</summary>
    public bool WasCalled => Outputs is not null;

    /// <summary>This row and all below it.</summary>
    public IEnumerable<LayerSummary> All => Children.SelectMany(c => c.All).Prepend(this);

    /// <summary>Parameters of this row and all below it.</summary>
    public long TotalParameters => All.Sum(l => l.Parameters);
}
