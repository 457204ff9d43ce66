using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// A state that goes on from batch to batch, such as an LSTM's over a long text:
/// <code>
/// using var state = new HiddenState();
/// Trainer.Fit(net, Batches.OfText(tokens), callbacks: [state], forward: batch =>
/// {
///     var (outputs, h, c) = lstm.call(batch.Inputs, state.For(batch) is [var h0, var c0] ? (h0, c0) : null);
///     state.Keep(h, c);
///     return outputs;
/// });
/// </code>
/// Values go on, gradients don't (truncated backpropagation through time, Williams and Peng 1990). Among the callbacks it is
/// saved with a <see cref="Checkpoint"/>.
/// </summary>
public sealed class HiddenState : Callback, IDisposable
{
    private Tensor[] _values = [];
    private bool _isTrial;

    /// <summary>The state that the batch before left; empty for a batch that begins anew. The tensors stay this
    /// object's.</summary>
    public IReadOnlyList<Tensor> For(Data.Batch batch)
    {
        if (batch.IsPart)
            throw new InvalidOperationException(
                "A state can't go on where batches go through the network in parts (accumulate): each part would go on with "
                    + "another part's. Take smaller batches instead.");
        _isTrial = batch.IsTrial;
        if (_isTrial) return [];
        if (!batch.Continues) Dispose();
        else if (_values.Length == 0)
            throw new InvalidOperationException(
                "These sequences go on, and the state that the batch before left is not there. In a resumed training it is saved "
                    + "when it is among the callbacks: callbacks: [state, …]. Is Keep called for every batch?");
        return _values;
    }

    /// <summary>Keeps a state for the next batch: copies, without the way that they came about.</summary>
    public void Keep(params Tensor[] state)
    {
        if (_isTrial) return;
        var before = _values;
        _values = [.. state.Select(s => s.detach().clone().DetachFromDisposeScope())];
        foreach (var tensor in before) tensor.Dispose();
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Tensor)> State => _values.Select((v, i) => ($"{i}", v));

    /// <inheritdoc/>
    public override void OnResume(Trainer trainer, IReadOnlyDictionary<string, Tensor> state)
    {
        _isTrial = false;
        Keep([.. state.OrderBy(s => int.Parse(s.Key, System.Globalization.CultureInfo.InvariantCulture))
            .Select(s => s.Value.to(Devices.Of(trainer.Model)))]);
    }

    /// <summary>Frees what is kept: the next batch begins anew.</summary>
    public void Dispose()
    {
        foreach (var tensor in _values) tensor.Dispose();
        _values = [];
    }
}
