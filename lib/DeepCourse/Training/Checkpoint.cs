using System.Globalization;
using System.Text.Json;
using DeepCourse.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// Saves all that a training needs to go on: weights and buffers, the optimizer, the position in the epoch, what was measured,
/// what callbacks keep. A training that ends anywhere, in a power cut as well, and is resumed gives the same weights as one that
/// was not interrupted (on the same machine). The file is written whole or not at all. It knows of what training it is: of
/// another one it says what is different.
/// </summary>
/// <param name="path">The file, in the safetensors format; the network's weights in it begin with "model.".</param>
/// <param name="everyEpochs">After how many epochs it is written.</param>
/// <param name="everySteps">After how many steps it is written as well; null for never within an epoch.</param>
/// <param name="resume">Whether to go on from the file, if it is there.</param>
public sealed class Checkpoint(string path, int everyEpochs = 1, int? everySteps = null, bool resume = false) : Callback
{
    private const string Model = "model.", Optimizer = "optimizer", Sums = "sums", StepLosses = "step losses", Facts = "training";

    // A loss may be NaN.
    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly int _everyEpochs = everyEpochs > 0
        ? everyEpochs
        : throw new ArgumentOutOfRangeException(nameof(everyEpochs), everyEpochs,
            "It is written after every epoch (1), every second (2) and so on.");

    private readonly int? _everySteps = everySteps is null or > 0
        ? everySteps
        : throw new ArgumentOutOfRangeException(nameof(everySteps), everySteps,
            "It is written after every step (1), every second (2) and so on; null for never within an epoch.");

    private IReadOnlyDictionary<string, string> _identity = new Dictionary<string, string>();

    private sealed record Position(
        IReadOnlyDictionary<string, string> Of,
        int Epoch,
        int StepInEpoch,
        double Seconds,
        IReadOnlyList<EpochResult> Epochs);

    /// <inheritdoc/>
    public override string Name => "";

    /// <inheritdoc/>
    public override void OnStart(Trainer trainer) => OutputFiles.Check(path);

    /// <inheritdoc/>
    public override void AfterStep(Trainer trainer)
    {
        if (_everySteps is { } steps && trainer.Step % steps == 0) Save(trainer);
    }

    /// <inheritdoc/>
    public override void AfterEpoch(Trainer trainer)
    {
        if (trainer.Epoch % _everyEpochs == 0 || trainer.Epoch == trainer.Epochs || trainer.IsStopping) Save(trainer);
    }

    /// <summary>Writes the file now.</summary>
    public void Save(Trainer trainer)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var tensors = trainer.Model.state_dict().ToDictionary(s => Model + s.Key, s => s.Value, StringComparer.Ordinal);
        tensors[Sums] = trainer.SaveSums();
        tensors[StepLosses] = tensor(trainer.History.StepLosses.ToArray());
        tensors[Optimizer] = tensor(OptimizerState(trainer.Optimizer));
        var position = new Position(_identity, trainer.Epoch, trainer.StepInEpoch, trainer.SecondsInEpoch,
            trainer.History.Epochs);
        tensors[Facts] = tensor(JsonSerializer.SerializeToUtf8Bytes(position, Json));
        foreach (var (prefix, callback) in Named(trainer))
            foreach (var (name, value) in callback.State) tensors[prefix + name] = value;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Safetensors.Write(path, tensors);
    }

    /// <summary>Goes on from the file, if that is wanted and it is there.</summary>
    /// <exception cref="WeightsException">The file is broken, or of another training.</exception>
    internal void Load(Trainer trainer)
    {
        _identity = TrainingIdentity.Of(trainer); // as it is now: schedulers change an optimizer's numbers
        if (!resume || !File.Exists(path)) return;
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var file = WeightsFile.Open(path);
        if (!file.Tensors.TryGetValue(Facts, out var facts) || !file.Tensors.ContainsKey(Optimizer))
            throw new WeightsException(
                $"{path} holds weights, but no training to go on with. Give Checkpoint another file, or load the weights with "
                    + "LoadWeights.");
        var position = PositionIn(facts);
        if (TrainingIdentity.Differences(position.Of, _identity) is { Count: > 0 } differences)
            throw new WeightsException(
                $"{path} is of another training:\n{string.Join('\n', differences)}\nResume with what it had, or delete the "
                    + "file to "
                    + "train from the start.");
        if (position.Epochs.Count > trainer.Epochs)
            throw new WeightsException(
                $"{path} is of a training that has done {position.Epochs.Count} epochs already, and {trainer.Epochs} are asked "
                    + "for. Ask for more, or delete the file to train from the start.");

        var state = trainer.Model.state_dict();
        var different = state.Where(s => !file.Tensors.TryGetValue(Model + s.Key, out var stored)
                || !stored.Shape.SequenceEqual(s.Value.shape))
            .Select(s => s.Key).ToList();
        if (different.Count > 0)
        {
            var more = different.Count > 3 ? $" and {different.Count - 3} more" : "";
            throw new WeightsException(
                $"{path} is of another network: {string.Join(", ", different.Take(3))}{more} missing there or of another "
                    + "shape. Make the network as it was, or delete the file to train from the start.");
        }
        // All is read before anything is changed.
        if (!file.Tensors.TryGetValue(StepLosses, out var losses) || losses.DType != ScalarType.Float32
            || !file.Tensors.TryGetValue(Sums, out var sums) || sums.DType != ScalarType.Float64
            || sums.Shape is not [var count] || count < 2 + 2 * trainer.Setup.Metrics.Count)
            throw new WeightsException($"{path} is damaged: what was measured is missing. Delete it to train from the start.");
        var (stepLosses, soFar) = (losses.Read().data<float>().ToArray(), sums.Read());
        LoadOptimizer(trainer, Bytes(file.Tensors[Optimizer]));
        foreach (var (name, value) in state) file.Tensors[Model + name].CopyTo(value);
        trainer.Resume(position.Epoch, position.StepInEpoch, position.Seconds, position.Epochs, stepLosses, soFar);
        foreach (var (prefix, callback) in Named(trainer))
            callback.OnResume(trainer, file.Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
                .ToDictionary(t => t.Key[prefix.Length..], t => t.Value.Read()));
    }

    private Position PositionIn(StoredTensor facts)
    {
        try
        {
            return JsonSerializer.Deserialize<Position>(Bytes(facts), Json) is { Of: not null, Epochs: not null } position
                ? position
                : throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new WeightsException(
                $"{path} was written by another version of this library, and the training can't be gone on with. Load its "
                    + "weights (LoadWeights takes a prefix off their names: \"model.\"), or delete the file to train from the "
                    + "start.", e);
        }
    }

    private void LoadOptimizer(Trainer trainer, byte[] saved)
    {
        try
        {
            OptimizerSnapshot.Load((OptimizerHelper)trainer.Optimizer, saved);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or EndOfStreamException or InvalidCastException)
        {
            throw new WeightsException(
                $"{path} is of a training with another optimizer ({e.Message}). Give Fit the optimizer that it had, or delete "
                    + "the file to train from the start.", e);
        }
    }

    /// <summary>Callbacks and what their tensors' names begin with: their own name, and which one of that name.</summary>
    private static IEnumerable<(string Prefix, Callback Callback)> Named(Trainer trainer) => trainer.Callbacks.All
        .GroupBy(c => c.Name.Length > 0 ? c.Name : c.GetType().Name)
        .SelectMany(g => g.Select((c, i) => (string.Create(CultureInfo.InvariantCulture, $"callback.{g.Key}.{i}."), c)));

    private static byte[] OptimizerState(optim.Optimizer optimizer)
    {
        if (optimizer is not OptimizerHelper helper)
            throw new NotSupportedException(
                $"A {optimizer.GetType().Name} can't be saved, so that the training can't be resumed: take SGD, Adam or AdamW, "
                    + "or no Checkpoint.");
        return OptimizerSnapshot.Save(helper);
    }

    private static byte[] Bytes(StoredTensor stored)
    {
        using var read = stored.Read();
        return read.data<byte>().ToArray();
    }
}
