using DeepCourse.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>What is seen of a network at work: who called whom, with which shapes and how much work.</summary>
/// <param name="Root">The network's own call.</param>
/// <param name="UsedWithoutCall">Modules that were not called, and on whose weights the output depends all the same.</param>
internal sealed record Observation(Trace.Call Root, IReadOnlySet<nn.Module> UsedWithoutCall)
{
    /// <summary>
    /// One example of a shape; shapes are without the batch. One example goes through, and then none, or two: what differs is of
    /// the batch, wherever it stands, and what one example needs is what was computed for one, even if its frames were folded
    /// into the batch.
    /// </summary>
    /// <exception cref="ArgumentException">The network does not take such an input; the message says which layer refused
    /// it.</exception>
    public static Observation OfShape(nn.Module network, long[] shape)
    {
        using var undisturbed = new Undisturbed(network);
        var (type, device) = TypeOf(network);
        var work = Trace.Work.Shapes;
        var (one, failure) = Pass(1);
        if (failure is not null && IsEmbedding(failure) && Trace.IsFloating(type))
        {
            (type, work) = (ScalarType.Int64, Trace.Work.Shapes);
            (one, var second) = Pass(1);
            failure = one is null ? second : null;
        }
        if (one is null) work = Trace.Work.Shapes;
        // A network that drops dimensions of size 1 may lose a batch of one.
        var root = one is not null ? OfOne(one) : Pass(2).Root is { } two ? PerExample.Of(two, 2, Pass(3).Root, 3) : null;
        if (root is null)
            throw new ArgumentException(
                $"{LayerFacts.TypeOf(network)} does not take an input of {SummaryCells.Sizes(shape)} (give the shape of one "
                    + $"example, without the batch; for several inputs, or values of another kind, tensors). {failure!.Message}");
        return new Observation(root, Uses(network, root, undisturbed, examples => [Input(examples)], 0, 1, 2));

        static bool IsEmbedding(Trace.Failure failure) => failure.At?.Module is Embedding or EmbeddingBag;

        Tensor Input(long examples) => zeros([examples, .. shape], type, device);

        // No examples cost nothing, but code that reshapes by "-1" does not take them, and a loop over examples does nothing.
        Trace.Call OfOne(Trace.Call one)
        {
            var best = work;
            if (Pass(0).Root is { } none && PerExample.AreAlike(one, none)) return PerExample.Of(one, 1, none, 0);
            work = best;
            return PerExample.Of(one, 1, Pass(2).Root, 2);
        }

        // Where the network's own code does not work with what costs nothing, layers compute more.
        (Trace.Call? Root, Trace.Failure? Failure) Pass(long examples)
        {
            for (; ; work++)
            {
                using var input = work == Trace.Work.Shapes
                    ? empty([examples, .. shape], type, META)
                    : Input(examples);
                var (seen, problem) = Trace.Of(network, [input], work);
                if (seen is not null || work == Trace.Work.All) return (seen, problem);
                // A layer that looked at shapes alone refuses them whatever is computed, and an embedding refuses fractions.
                if (problem!.At?.Emptied is not null || IsEmbedding(problem) && Trace.IsFloating(type)) return (null, problem);
            }
        }
    }

    /// <summary>The given inputs; shapes are whole.</summary>
    /// <exception cref="ArgumentException">The network does not take them.</exception>
    public static Observation OfInputs(nn.Module network, Tensor[] inputs)
    {
        using var undisturbed = new Undisturbed(network);
        var (root, failure) = Trace.Of(network, inputs, Trace.Work.All);
        if (root is null)
        {
            var given = string.Join(" and ", inputs.Select(i => $"{SummaryCells.Sizes(i.shape)} {i.dtype}"));
            var many = inputs.Length == 1 ? "an input" : "inputs";
            throw new ArgumentException($"{LayerFacts.TypeOf(network)} does not take {many} of {given}. "
                + $"{failure!.Message}");
        }
        return new Observation(root, Uses(network, root, undisturbed, _ => inputs, 1));
    }

    /// <summary>The type and the device that a network's first weight has: what its input should have.</summary>
    private static (ScalarType Type, Device Device) TypeOf(nn.Module network)
    {
        var first = network.parameters().Concat(network.buffers()).FirstOrDefault(t => t.is_floating_point());
        return first is null ? (ScalarType.Float32, CPU)
            : (first.dtype, first.device_type == DeviceType.META ? CPU : first.device);
    }

    /// <summary>Modules that were not called, and on whose weights the output depends: it has a gradient for them.</summary>
    private static HashSet<nn.Module> Uses(
        nn.Module network,
        Trace.Call root,
        Undisturbed undisturbed,
        Func<long, Tensor[]> inputs,
        params ReadOnlySpan<long> examples)
    {
        var called = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        Collect(root);
        var known = called.SelectMany(OwnOf).Select(ParameterPlace.Of).ToHashSet();
        var asked = Trace.ModulesOf(network).Where(m => !called.Contains(m))
            .SelectMany(m => OwnOf(m).Where(p => p.is_floating_point() && !known.Contains(ParameterPlace.Of(p)))
                .Select(p => (Module: m, Weight: undisturbed.StandIns?.For(p) ?? p)))
            .ToList();
        var uses = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        if (asked.Count == 0) return uses;
        var learned = asked.Select(a => a.Weight.requires_grad).ToList();
        foreach (var n in examples)
        {
            using var scope = NewDisposeScope();
            using var grad = enable_grad();
            try
            {
                foreach (var (_, weight) in asked) weight.requires_grad = true;
                var given = inputs(n);
                var sums = Trace.Tensors(Signature.Of(network, given.Length, Trace.Advice).Invoke(network, given))
                    .Where(t => t.is_floating_point() && t.requires_grad).Select(t => t.sum()).ToList();
                if (sums.Count == 0) return uses;
                var gradients = autograd.grad(sums, [.. asked.Select(a => a.Weight)], allow_unused: true);
                uses.UnionWith(asked.Where((_, i) => gradients[i] is { IsInvalid: false }).Select(a => a.Module));
                foreach (var gradient in gradients) gradient?.Dispose();
                return uses;
            }
            // An empty batch that the network's code does not take, or an output without gradients: then it is not known.
            catch (Exception)
            {
                continue;
            }
            finally
            {
                for (var i = 0; i < asked.Count; i++) asked[i].Weight.requires_grad = learned[i];
            }
        }
        return uses;

        static IEnumerable<Parameter> OwnOf(nn.Module module) => module.named_parameters(recurse: false).Select(p => p.parameter);

        void Collect(Trace.Call call)
        {
            called.Add(call.Module);
            call.Children.ForEach(Collect);
        }
    }
}
