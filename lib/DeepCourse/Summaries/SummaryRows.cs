using DeepCourse.Native;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>Makes the rows of a summary from what was seen of a network, and says what was not seen.</summary>
internal sealed class SummaryRows
{
    private readonly Observation _observation;
    private readonly Dictionary<object, string> _paths;
    private readonly HashSet<object> _called = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<object> _listed = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<TensorMemory.Place> _counted = [];
    private readonly List<string> _used = [], _unseen = [], _own = [];

    public SummaryRows(nn.Module network, Observation observation)
    {
        _observation = observation;
        _paths = network.named_modules()
            .DistinctBy(m => (object)m.module, ReferenceEqualityComparer.Instance)
            .ToDictionary(m => (object)m.module, m => m.name, ReferenceEqualityComparer.Instance);
        Mark(observation.Root);
        Root = Row(observation.Root, 0);
    }

    /// <summary>The row of the network, with all others below it.</summary>
    public LayerSummary Root { get; }

    /// <summary>What was not seen, in sentences.</summary>
    public IEnumerable<string> Notes
    {
        get
        {
            if (_used.Count > 0)
                yield return $"{Some(_used)}: shapes unknown, for the weights are used, but not by a call. If the network's "
                    + "forward has layer.forward(x), write layer.call(x). What a function computes with a layer's weights is not "
                    + "counted.";
            if (_unseen.Count > 0)
                yield return $"{Some(_unseen)}: shapes unknown, for it was not called in this pass, which was in "
                    + "evaluation mode.";
            if (_own.Count > 0)
                yield return $"{Some(_own)}: what forward computes with parameters of its own is not counted among "
                    + "multiply-adds.";
        }
    }

    private static string Some(List<string> names) =>
        $"{string.Join(", ", names.Take(5))}{(names.Count > 5 ? $" and {SummaryCells.Digits(names.Count - 5)} more" : "")}";

    private void Mark(Trace.Call call)
    {
        _called.Add(call.Module);
        call.Children.ForEach(Mark);
    }

    private LayerSummary Row(Trace.Call call, int depth)
    {
        var again = !_listed.Add(call.Module);
        var row = Describe(call.Module, depth, again) with
        {
            Inputs = [.. call.Inputs.Select(t => t.Shape)],
            Outputs = [.. (call.Outputs ?? []).Select(t => t.Shape)],
            OutputBytes = (call.Outputs ?? []).Sum(t => t.Bytes),
            MultiplyAdds = call.MultiplyAdds,
        };
        // A matrix in a module that is no layer of TorchSharp's.
        if (!again && !LayerFacts.IsOfTorchSharp(call.Module)
            && call.Module.named_parameters(recurse: false).Any(p => p.parameter.ndim > 1))
            _own.Add(row.Path.Length == 0 ? row.Type : row.Path);
        List<LayerSummary> children = [.. call.Children.Select(c => Row(c, depth + 1))];
        if (!again) children.AddRange(NotCalled(call.Module, depth + 1));
        return row with { Children = children };
    }

    private IEnumerable<LayerSummary> NotCalled(nn.Module module, int depth, bool isSaid = false) =>
        module.named_children().Select(c => c.module).Where(m => !_called.Contains(m)).Select(m => Unseen(m, depth, isSaid))
            .OfType<LayerSummary>();

    /// <summary>The row of a module that was not called; null for one that only holds modules which were.</summary>
    /// <param name="module">The module.</param>
    /// <param name="depth">How many modules are around it.</param>
    /// <param name="isSaid">Whether a note names a module around it, with all that it holds.</param>
    private LayerSummary? Unseen(nn.Module module, int depth, bool isSaid)
    {
        if (!_listed.Add(module)) return null;
        var row = Describe(module, depth, again: false) with
        {
            IsUsedWithoutCall = !IsContainer(module) && _observation.UsedWithoutCall.Contains(module),
        };
        var (hasOwn, holds) = (module.named_parameters(recurse: false).Any(), module.named_children().Any());
        if (IsContainer(module))
        {
            if (hasOwn) _own.Add(row.Path);
        }
        else if (row.IsUsedWithoutCall)
        {
            _used.Add(row.Path);
        }
        else if (!isSaid && (hasOwn || !holds || IsIdle(module)))
        {
            _unseen.Add(row.Path);
            isSaid = IsIdle(module);
        }
        var children = NotCalled(module, depth + 1, isSaid).ToList();
        return children.Count == 0 && !hasOwn && (IsContainer(module) || holds) ? null : row with { Children = children };
    }

    /// <summary>Whether nothing in a module was called or used.</summary>
    private bool IsIdle(nn.Module module) =>
        Trace.ModulesOf(module).All(m => !_called.Contains(m) && !_observation.UsedWithoutCall.Contains(m));

    /// <summary>Whether a module is never called, since it only holds others, or parameters.</summary>
    private static bool IsContainer(nn.Module module) => LayerFacts.IsOfTorchSharp(module)
        && LayerFacts.TypeOf(module) is "ModuleList" or "ModuleDict" or "ParameterList" or "ParameterDict";

    private LayerSummary Describe(nn.Module module, int depth, bool again)
    {
        var path = _paths.GetValueOrDefault(module, "");
        var own = module.named_parameters(recurse: false).Select(p => p.parameter).ToList();
        var fresh = own.Where(p => _counted.Add(ParameterPlace.Of(p))).ToList();
        var (kernel, stride, padding) = LayerFacts.Window(module);
        return new LayerSummary(path[(path.LastIndexOf('.') + 1)..], path, LayerFacts.TypeOf(module), depth)
        {
            Kernel = kernel,
            Stride = stride,
            Padding = padding,
            Parameters = fresh.Sum(p => p.numel()),
            Trainable = fresh.Where(p => p.requires_grad).Sum(p => p.numel()),
            IsShared = again || fresh.Count < own.Count,
        };
    }
}
