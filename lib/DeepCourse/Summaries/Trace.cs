using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using DeepCourse.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// Watches one pass through a network by hooks on all its modules: who called whom, with which shapes. Nothing is computed where
/// it can be avoided: a batch of 0 examples goes through all layers, which check shapes and make empty tensors, and weights
/// without memory are stood in for by memory that nobody touches.
/// </summary>
internal sealed class Trace
{
    /// <summary>One call of a module.</summary>
    internal sealed class Call(nn.Module module)
    {
        public nn.Module Module { get; } = module;

        public List<Call> Children { get; } = [];

        public IReadOnlyList<TensorShape>? Inputs { get; set; }

        public IReadOnlyList<TensorShape>? Outputs { get; set; }
    }

    /// <summary>A tensor as it was seen.</summary>
    internal sealed record TensorShape(long[] Shape, long Bytes);

    private readonly Stack<Call> _open = [];
    private readonly List<Action> _removals = [];
    private readonly Dictionary<Type, Delegate> _hooks = [];
    private readonly Func<long[], long[]> _perExample;

    private Trace(Func<long[], long[]> perExample) => _perExample = perExample;

    /// <summary>The pass of one example of a shape; shapes are without the batch.</summary>
    /// <exception cref="ArgumentException">The network does not take such an input; the message says which layer refused
    /// it.</exception>
    public static Call OfShape(nn.Module network, long[] shape)
    {
        // A layer that reshapes with "-1" does not know what to do with nothing: then one example goes through, and computes.
        return TryRun(new Trace(WithoutZero), network, [0, .. shape], out var root, out _)
            || TryRun(new Trace(WithoutFirst), network, [1, .. shape], out root, out var problem)
            ? root
            : throw new ArgumentException(
                $"{LayerFacts.TypeOf(network)} does not take an input of {string.Join('×', shape)} (give the shape of one "
                    + $"example, without the batch; for other inputs than floats, tensors). {problem}");

        static long[] WithoutZero(long[] s) => Array.IndexOf(s, 0) is >= 0 and var at ? [.. s[..at], .. s[(at + 1)..]] : s;

        static long[] WithoutFirst(long[] s) => s is [1, .. var rest] ? rest : s;

        static bool TryRun(Trace trace, nn.Module network, long[] shape, out Call root, out string problem)
        {
            using var input = zeros(shape);
            return trace.Run(network, [input], out root, out problem);
        }
    }

    /// <summary>The pass of the given inputs; shapes are whole.</summary>
    /// <exception cref="ArgumentException">The network does not take them.</exception>
    public static Call OfInputs(nn.Module network, Tensor[] inputs) =>
        new Trace(s => s).Run(network, inputs, out var root, out var problem)
        ? root
        : throw new ArgumentException(
            $"{LayerFacts.TypeOf(network)} does not take {(inputs.Length == 1 ? "an input" : "inputs")} "
                + $"of {string.Join(" and ", inputs.Select(i => $"{string.Join('×', i.shape)} {i.dtype}"))}. {problem}");

    private bool Run(nn.Module network, Tensor[] inputs, out Call root, out string problem)
    {
        var modules = network.named_modules()
            .Select(m => m.module)
            .Prepend(network)
            .Distinct(ReferenceEqualityComparer.Instance)
            .Cast<nn.Module>()
            .ToList();
        var training = modules.Select(m => (Module: m, m.training)).ToList();
        var withoutMemory = Weighted.IsWithoutMemory(network);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var top = root = new Call(network);
        StandIns? standIns = null;
        problem = "";
        try
        {
            if (withoutMemory) standIns = new StandIns(network);
            network.eval();
            foreach (var module in modules) Watch(module);
            _open.Push(top);
            Invoke(network, inputs);
            // The network's own hook has put its call below.
            root = top.Children.Single();
            return true;
        }
        catch (Exception e)
        {
            var cause = e is TargetInvocationException { InnerException: { } inner } ? inner : e;
            var where = _open.Count > 1
                ? $"In {PathOf(network, _open.Peek().Module)} ({LayerFacts.TypeOf(_open.Peek().Module)}): "
                : "";
            problem = where + cause.Message.Split('\n')[0];
            return false;
        }
        finally
        {
            foreach (var remove in _removals) remove();
            standIns?.Remove();
            // A module's own setting after that of the modules around it, which passes it on.
            foreach (var (module, was) in training) module.train(was);
        }
    }

    private void Watch(nn.Module module)
    {
        for (var type = module.GetType(); type is not null; type = type.BaseType)
        {
            if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(nn.HookableModule<,>)) continue;
            var (before, after) = ((Action<nn.Module>)Begin, HookOf(type.GetGenericArguments()[1]));
            Add(type.GetMethod("register_forward_pre_hook", [typeof(Action<nn.Module>)])!, before);
            Add(type.GetMethod("register_forward_hook", [type.GetGenericArguments()[1]])!, after);
            return;
        }

        void Add(MethodInfo register, Delegate hook)
        {
            var remover = register.Invoke(module, [hook])!;
            _removals.Add(() => remover.GetType().GetMethod("remove")!.Invoke(remover, null));
        }
    }

    private void Begin(nn.Module module)
    {
        var call = new Call(module);
        _open.Peek().Children.Add(call);
        _open.Push(call);
    }

    private void End(object?[] inputs, object? output)
    {
        var call = _open.Pop();
        (call.Inputs, call.Outputs) = ([.. inputs.SelectMany(Tensors)], [.. Tensors(output)]);
    }

    /// <summary>A hook of the type that modules of some signature want, (module, inputs…, output) → output, which tells
    /// <see cref="End"/> of the call.</summary>
    private Delegate HookOf(Type type)
    {
        if (_hooks.TryGetValue(type, out var known)) return known;
        var parameters = type.GetMethod("Invoke")!.GetParameters().Select(p => Expression.Parameter(p.ParameterType)).ToArray();
        var inputs = Expression.NewArrayInit(typeof(object),
            parameters[1..^1].Select(p => Expression.Convert(p, typeof(object))));
        var end = Expression.Call(Expression.Constant(this), ((Action<object?[], object?>)End).Method, inputs,
            Expression.Convert(parameters[^1], typeof(object)));
        return _hooks[type] = Expression.Lambda(type, Expression.Block(end, parameters[^1]), parameters)
            .Compile(preferInterpretation: true);
    }

    private IEnumerable<TensorShape> Tensors(object? value) => value switch
    {
        Tensor tensor when _perExample(tensor.shape) is var shape =>
            [new TensorShape(shape, shape.Aggregate(tensor.ElementSize, (a, b) => a * b))],
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Tensors(tuple[i])),
        IEnumerable<Tensor> many => many.SelectMany(Tensors),
        _ => [],
    };

    private static void Invoke(nn.Module network, Tensor[] inputs)
    {
        // The most derived "call": an LSTM's has a default for its state.
        var call = network.GetType()
            .GetMethods()
            .Where(m => m.Name == "call" && m.GetParameters() is var p && p.Length >= inputs.Length
                && p.Take(inputs.Length).All(i => i.ParameterType == typeof(Tensor)) && p.Skip(inputs.Length).All(IsOptional))
            .OrderBy(m => m.GetParameters().Length).ThenByDescending(m => m.DeclaringType == network.GetType()).FirstOrDefault()
            ?? throw new ArgumentException($"It is not called with {inputs.Length} tensor{(inputs.Length == 1 ? "" : "s")}.");
        call.Invoke(network, [.. inputs, .. new object?[call.GetParameters().Length - inputs.Length]]);

        static bool IsOptional(ParameterInfo p) =>
            p.HasDefaultValue || !p.ParameterType.IsValueType || Nullable.GetUnderlyingType(p.ParameterType) is not null;
    }

    /// <summary>The name of a module in the network, such as "layer1.0.conv1".</summary>
    internal static string PathOf(nn.Module network, nn.Module module) =>
        network.named_modules().Where(m => ReferenceEquals(m.module, module)).Select(m => m.name).FirstOrDefault()
            ?? network.GetName();

    /// <summary>Memory in place of weights on the meta device: one piece for all, as large as the largest, and never touched, so
    /// that the system need not provide it.</summary>
    private sealed class StandIns
    {
        private readonly nn.Module _network;
        private readonly List<bool> _replaced = [];

        public StandIns(nn.Module network)
        {
            _network = network;
            var tensors = network.parameters().Concat(network.buffers()).Where(t => t.dtype == ScalarType.Float32);
            var piece = empty([tensors.Select(t => t.numel()).Append(1).Max()]);
            Weighted.Replace(network, t =>
            {
                _replaced.Add(t.device_type == DeviceType.META);
                return !_replaced[^1]
                    ? null
                    : t.dtype == ScalarType.Float32 ? piece.narrow(0, 0, t.numel()).view(t.shape)
                    : zeros(t.shape, t.dtype);
            });
        }

        public void Remove()
        {
            var i = 0;
            Weighted.Replace(_network, t => _replaced[i++] ? empty(t.shape, t.dtype, META) : null);
        }
    }
}
