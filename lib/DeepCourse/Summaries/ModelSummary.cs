using DeepCourse.Display;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// What a network is made of: a tree of <see cref="LayerSummary"/> and its totals, which is data; as HTML (rows that close and
/// open), as text, as CSV, and in the lecture's own form (<see cref="LayerTable"/>), which are views of it.
/// </summary>
public sealed class ModelSummary : Figure
{
    private ModelSummary(LayerSummary root, IReadOnlyList<string> notes) => (Root, Notes) = (root, notes);

    /// <summary>The network itself; its children are its layers.</summary>
    public LayerSummary Root { get; }

    /// <summary>What to know or to change, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>All rows, the network first, in the order of their calls.</summary>
    public IEnumerable<LayerSummary> Layers => Root.All;

    /// <summary>All parameters; those that are shared count once.</summary>
    public long Parameters => Layers.Sum(l => l.Parameters);

    /// <summary>Parameters that training may change.</summary>
    public long Trainable => Layers.Sum(l => l.Trainable);

    /// <summary>Multiply-adds for one example; <see cref="LayerSummary.MultiplyAdds"/> says what counts.</summary>
    public long MultiplyAdds => Layers.Sum(l => l.MultiplyAdds);

    /// <summary>Bytes of all layers' outputs for one example: what training keeps for the way back.</summary>
    public long OutputBytes => Layers.Where(l => l.Children.Count == 0).Sum(l => l.OutputBytes);

    /// <summary>Bytes of all parameters; those that are shared count once.</summary>
    public long ParameterBytes { get; private init; }

    /// <summary>The lecture's own table: one row for each layer with weights or a window.</summary>
    public LayerTable ToLayerTable() => new(this);

    /// <summary>Comma-separated values, a row each, with a line of headings.</summary>
    public string ToCsv() => SummaryCsv.Of(this);

    /// <inheritdoc/>
    public override string ToText() => SummaryText.Of(this);

    /// <inheritdoc/>
    public override Markup ToHtml() => SummaryHtml.Of(this);

    internal static string Shapes(IReadOnlyList<IReadOnlyList<long>>? shapes) => SummaryCells.Shapes(shapes);

    internal static ModelSummary Of(nn.Module network, Observation observation)
    {
        var rows = new SummaryRows(network, observation);
        var bytes = network.parameters().DistinctBy(ParameterPlace.Of).Sum(p => p.numel() * p.ElementSize);
        return new ModelSummary(rows.Root, [.. rows.Notes, .. Registration.Problems(network)]) { ParameterBytes = bytes };
    }
}
