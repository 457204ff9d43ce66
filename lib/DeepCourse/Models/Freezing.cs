using System.Runtime.CompilerServices;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>Which parts of a network learn: fine-tuning begins with a new head on a frozen body.</summary>
public static class Freezing
{
    private static readonly ConditionalWeakTable<nn.Module, object> Still = [], Seen = [];
    private static readonly object Kept = new();

    /// <summary>Lets parameters be as they are: <c>network.Freeze()</c> all, <c>network.Freeze("conv1", "layer1", "*.bias")</c>
    /// some.</summary>
    /// <param name="network">The network.</param>
    /// <param name="names">Names of parameters or of modules, whose parameters are all meant; * stands for any
    /// characters.</param>
    /// <returns>The network itself.</returns>
    /// <exception cref="ArgumentException">A name that is none of the network's.</exception>
    public static T Freeze<T>(this T network, params string[] names) where T : nn.Module => Set(network, names, learns: false);

    /// <summary>Lets parameters learn again. In the middle of a training: <see cref="Training.Unfreezing"/>.</summary>
    /// <inheritdoc cref="Freeze"/>
    public static T Unfreeze<T>(this T network, params string[] names) where T : nn.Module => Set(network, names, learns: true);

    /// <summary>
    /// Keeps the statistics of batch norm as they are: in a training, too, these layers use the means and deviations that they
    /// have and leave them alone, as fine-tuning with small batches wants it. Their weights are <see cref="Freeze"/>'s matter.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="names">Names of modules; all batch norm when left out.</param>
    /// <returns>The network itself.</returns>
    /// <exception cref="ArgumentException">A name under which there is no batch norm.</exception>
    public static T FreezeBatchNorm<T>(this T network, params string[] names) where T : nn.Module
    {
        foreach (var norm in Norms(network, names))
        {
            norm.eval();
            Still.AddOrUpdate(norm, Kept);
        }
        return network;
    }

    /// <summary>Lets batch norm learn its statistics again.</summary>
    /// <inheritdoc cref="FreezeBatchNorm"/>
    public static T UnfreezeBatchNorm<T>(this T network, params string[] names) where T : nn.Module
    {
        foreach (var norm in Norms(network, names))
        {
            norm.train(network.training);
            Still.Remove(norm);
            Seen.Remove(norm);
        }
        return network;
    }

    /// <summary>The parameters of a part of a network, each once, for a group of an optimizer with a rate of its own.</summary>
    /// <inheritdoc cref="Freeze"/>
    public static IReadOnlyList<Parameter> ParametersOf(this nn.Module network, params string[] names) =>
        [.. Native.TensorMemory.DistinctByMemory(Named(network, names).Select(p => p.Parameter))];

    /// <summary>
    /// Notes which modules somebody has put into evaluation mode while the network as a whole is in training mode: they stay so
    /// in this training, and in later ones, until the whole network is put into training mode.
    /// </summary>
    internal static void Remember(nn.Module network)
    {
        if (!network.training) return;
        foreach (var module in Modules(network))
            if (module.training) Seen.Remove(module);
            else Seen.AddOrUpdate(module, Kept);
    }

    /// <summary>Puts a network into training mode, but for the layers that are to stay as they are.</summary>
    internal static void Train(nn.Module network)
    {
        network.train();
        // A module's own mode after that of the modules around it, which passes it on.
        foreach (var module in Modules(network))
            module.train(!Still.TryGetValue(module, out _) && !Seen.TryGetValue(module, out _));
    }

    private static IEnumerable<nn.Module> Modules(nn.Module network) => network.named_modules().Select(m => m.module);

    private static T Set<T>(T network, string[] names, bool learns) where T : nn.Module
    {
        foreach (var (_, parameter) in Named(network, names))
        {
            parameter.requires_grad = learns;
            // An old gradient would go on moving it, by the optimizer's momentum.
            if (!learns) parameter.grad = null;
        }
        return network;
    }

    private static IReadOnlyList<(string Name, Parameter Parameter)> Named(nn.Module network, string[] names)
    {
        var all = network.named_parameters().ToList();
        Known(names, [.. all.Select(p => p.name)], "parameter");
        return [.. all.Where(p => IsMeant(names, p.name))];
    }

    private static IReadOnlyList<nn.Module> Norms(nn.Module network, string[] names)
    {
        var all = network.named_modules().Where(m => m.module is NormBase).ToList();
        Known(names, [.. all.Select(m => m.name)], "batch norm");
        return [.. all.Where(m => IsMeant(names, m.name)).Select(m => m.module)];
    }

    private static bool IsMeant(string[] names, string name) =>
        names.Length == 0 || names.Any(n => NamePattern.Matches(n, name));

    private static void Known(string[] names, IReadOnlyList<string> all, string what)
    {
        if (all.Count == 0) throw new ArgumentException($"The network has no {what}.", nameof(names));
        foreach (var name in names.Where(n => !all.Any(a => NamePattern.Matches(n, a))))
            throw new ArgumentException(
                $"The network has no {what} “{name}”. There are {string.Join(", ", all.Take(6))}{(all.Count > 6 ? ", …" : "")}; "
                    + "a module's name stands for all in it, * for any characters.", nameof(names));
    }
}
