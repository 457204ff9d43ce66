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

    /// <summary>The state that the batch before left; empty for a batch that begins anew. The tensors stay this
    /// object's.</summary>
    public IReadOnlyList<Tensor> For(Data.Batch batch)
    {
        if (!batch.Continues) Dispose();
        return _values;
    }

    /// <summary>Keeps a state for the next batch: copies, without the way that they came about.</summary>
    public void Keep(params Tensor[] state)
    {
        var before = _values;
        _values = [.. state.Select(s => s.detach().clone().DetachFromDisposeScope())];
        foreach (var tensor in before) tensor.Dispose();
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, Tensor Tensor)> State => _values.Select((v, i) => ($"{i}", v));

    /// <inheritdoc/>
    public override void OnResume(Trainer trainer, IReadOnlyDictionary<string, Tensor> state) =>
        Keep([.. state.OrderBy(s => int.Parse(s.Key, System.Globalization.CultureInfo.InvariantCulture))
            .Select(s => s.Value.to(Devices.Of(trainer.Model)))]);

    /// <summary>Frees what is kept: the next batch begins anew.</summary>
    public void Dispose()
    {
        foreach (var tensor in _values) tensor.Dispose();
        _values = [];
    }
}
