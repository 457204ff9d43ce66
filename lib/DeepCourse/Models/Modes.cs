using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>
/// Which of a network's modules are in training mode, to be put back: <c>using var modes = Modes.Evaluation(network)</c>. Module
/// by module, since a layer may stay in evaluation mode on purpose, such as batch norm whose statistics are frozen.
/// </summary>
internal sealed class Modes : IDisposable
{
    private readonly IReadOnlyList<(nn.Module Module, bool Training)> _modes;

    private Modes(nn.Module network) => _modes =
        [.. network.named_modules().Select(m => m.module).Prepend(network)
            .Distinct(ReferenceEqualityComparer.Instance).Cast<nn.Module>().Select(m => (m, m.training))];

    /// <summary>Notes what the modes are.</summary>
    public static Modes Of(nn.Module network) => new(network);

    /// <summary>Puts the whole network into evaluation mode until this is disposed.</summary>
    public static Modes Evaluation(nn.Module network)
    {
        var modes = new Modes(network);
        network.eval();
        return modes;
    }

    /// <summary>Makes every module's mode what it was.</summary>
    public void Dispose()
    {
        // A module's own setting after that of the modules around it, which passes it on.
        foreach (var (module, training) in _modes) module.train(training);
    }
}
