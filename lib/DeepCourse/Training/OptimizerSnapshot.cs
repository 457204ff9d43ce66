using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>What an optimizer was, its rates and its state, to go back to.</summary>
internal sealed class OptimizerSnapshot : IDisposable
{
    private readonly optim.Optimizer? _optimizer;
    private readonly byte[] _state = [];
    private readonly IReadOnlyList<double> _rates = [];

    private OptimizerSnapshot(optim.Optimizer? optimizer)
    {
        _optimizer = optimizer;
        if (optimizer is null) return;
        _rates = [.. optimizer.ParamGroups.Select(g => g.LearningRate)];
        if (optimizer is OptimizerHelper helper) _state = Save(helper);
    }

    /// <summary>Copies what it is now; of none, nothing.</summary>
    public static OptimizerSnapshot Of(optim.Optimizer? optimizer) => new(optimizer);

    /// <summary>An optimizer's whole state in bytes.</summary>
    public static byte[] Save(OptimizerHelper optimizer)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream)) optimizer.save_state_dict(writer);
        return stream.ToArray();
    }

    /// <summary>Gives an optimizer a state of such bytes, on the device of its parameters.</summary>
    public static void Load(OptimizerHelper optimizer, byte[] state)
    {
        using var scope = NewDisposeScope();
        using var reader = new BinaryReader(new MemoryStream(state));
        optimizer.load_state_dict(reader);
        if (optimizer.parameters().FirstOrDefault() is { } first && first.device_type != DeviceType.CPU)
            optimizer.to(first.device);
        // Some of the state's tensors are new ones, which belong to the scope at hand and would be disposed with it.
        foreach (var part in optimizer.state_dict().State)
            foreach (var field in part.GetType().GetFields())
                if (field.GetValue(part) is Tensor tensor) tensor.DetachFromDisposeScope();
    }

    /// <summary>Makes the optimizer what it was.</summary>
    public void Dispose()
    {
        if (_optimizer is OptimizerHelper helper) Load(helper, _state);
        foreach (var (group, rate) in _optimizer?.ParamGroups.Zip(_rates) ?? []) group.LearningRate = rate;
    }
}
