using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using DeepCourse.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// Watches one pass through a network by hooks on all its modules: who called whom, with which shapes, and how much was computed.
/// Nothing is computed where that can be avoided: layers that are known get an empty batch (<see cref="EmptyBatch"/>).
/// </summary>
internal sealed class Trace
{
    /// <summary>What to do where a network wants other inputs.</summary>
    public const string Advice =
        "Give a tensor for each, in this order: Summary(first, second). What is no tensor needs a default value in forward.";

    /// <summary>One call of a module.</summary>
    internal sealed class Call(nn.Module module)
    {
        public nn.Module Module { get; } = module;

        public List<Call> Children { get; init; } = [];

        public IReadOnlyList<TensorShape> Inputs { get; init; } = [];

        /// <summary>Null for a call that did not end.</summary>
        public IReadOnlyList<TensorShape>? Outputs { get; set; }

        /// <summary>Of this module itself; those of the modules that it calls are theirs.</summary>
        public long MultiplyAdds { get; set; }

        /// <summary>What the layer was given in place of its input, if anything.</summary>
        public EmptyBatch? Emptied { get; set; }
    }

    /// <summary>A tensor as it was seen.</summary>
    internal sealed record TensorShape(long[] Shape, ScalarType Type, long Bytes);

    /// <summary>What known layers are to compute.</summary>
    internal enum Work
    {
        /// <summary>Nothing, and neither do functions: what comes out is on the meta device, where tensors have shapes and no
        /// memory. Functions refuse it beside a tensor with memory, and where they look at values.</summary>
        Shapes,

        /// <summary>Nothing; what comes out is one zero, seen as often as needed. Functions that work in place refuse it.
        /// </summary>
        None,

        /// <summary>Nothing; what comes out is zeros with memory.</summary>
        Zeros,

        /// <summary>All of it.</summary>
        All,
    }

    /// <summary>Why a pass failed.</summary>
    /// <param name="Message">In a sentence, with the layer's name.</param>
    /// <param name="At">The call that threw; null for the network's own code.</param>
    internal sealed record Failure(string Message, Call? At);

    private readonly Stack<Call> _open = [];
    private readonly List<Action> _removals = [];
    private readonly Dictionary<Type, (Delegate Before, Delegate After)> _hooks = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly Work _work;

    private Trace(Work work) => _work = work;

    /// <summary>One pass without gradients, in the modes that the modules have.</summary>
    /// <returns>The network's own call, or why it failed.</returns>
    public static (Call? Root, Failure? Failure) Of(nn.Module network, Tensor[] inputs, Work work) =>
        new Trace(work).Run(network, inputs);

    private (Call?, Failure?) Run(nn.Module network, Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var top = new Call(network);
        try
        {
            foreach (var module in ModulesOf(network)) Watch(module);
            _open.Push(top);
            Signature.Of(network, inputs.Length, Advice).Invoke(network, inputs);
            return top.Children is [var root, ..]
                ? (root, null)
                : (null, new Failure("Its call goes past TorchSharp's hooks, so that nothing is seen of it.", null));
        }
        catch (Exception e)
        {
            var call = _open.Count > 1 ? _open.Peek() : null;
            return (null, new Failure(Said(network, call, e), call));
        }
        finally
        {
            foreach (var remove in _removals) remove();
        }
    }

    private static string Said(nn.Module network, Call? call, Exception cause)
    {
        var what = cause is NullReferenceException ? "Its forward uses something that is null." : cause.Message.Split('\n')[0];
        if (call is null) return what;
        var weights = call.Module.parameters().Where(p => p.is_floating_point()).Select(p => p.dtype).Distinct().ToList();
        var given = call.Inputs.Select(i => i.Type).FirstOrDefault(IsFloating, ScalarType.Float32);
        var types = weights is [var weight] && weight != given && call.Inputs.Count > 0
            ? $" Its weights are {weight} and its input is {given}: convert the input, by x.to(ScalarType.{weight}), or the "
                + "layer."
            : "";
        return $"In {PathOf(network, call.Module)} ({LayerFacts.TypeOf(call.Module)}): {what}{types}";
    }

    private void Watch(nn.Module module)
    {
        switch (module)
        {
            case nn.Module<Tensor, Tensor> layer when _work != Work.All && EmptyBatch.IsFor(layer):
                _removals.Add(layer.register_forward_pre_hook((m, x) => Emptied(m, x, [x])?.Input ?? x).remove);
                _removals.Add(layer.register_forward_hook((m, _, y) => End(m, y, e => e.Whole(y)) is Tensor t ? t : y).remove);
                return;
            case LSTM layer when _work != Work.All:
                _removals.Add(layer.register_forward_pre_hook((m, x, s) => Emptied(m, x, [x, s]) is not { } e ? null
                    : (e.Input, s is var (h, c) ? (e.State(h), e.State(c)) : null)).remove);
                _removals.Add(layer.register_forward_hook((m, _, _, y) =>
                    End(m, y, e => (e.Whole(y.Item1), e.WholeState(y.Item2), e.WholeState(y.Item3)))
                        is (Tensor a, Tensor b, Tensor c) ? (a, b, c) : y).remove);
                return;
            case nn.Module<Tensor, Tensor, (Tensor, Tensor)> layer when _work != Work.All && layer is GRU or RNN:
                _removals.Add(layer.register_forward_pre_hook((m, x, h) => Emptied(m, x, [x, h]) is not { } e ? null
                    : (e.Input, h is null ? h! : e.State(h))).remove);
                _removals.Add(layer.register_forward_hook((m, _, _, y) =>
                    End(m, y, e => (e.Whole(y.Item1), e.WholeState(y.Item2))) is (Tensor a, Tensor b) ? (a, b) : y).remove);
                return;
        }
        for (var type = module.GetType(); type is not null; type = type.BaseType)
        {
            if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(nn.HookableModule<,>)) continue;
            var types = type.GetGenericArguments();
            if (!_hooks.TryGetValue(type, out var hooks)) hooks = _hooks[type] = (Before(types[0]), After(types[1]));
            Add(type.GetMethod("register_forward_pre_hook", [types[0]])!, hooks.Before);
            Add(type.GetMethod("register_forward_hook", [types[1]])!, hooks.After);
            return;
        }

        void Add(MethodInfo register, Delegate hook)
        {
            var remover = register.Invoke(module, [hook])!;
            _removals.Add(() => remover.GetType().GetMethod("remove")!.Invoke(remover, null));
        }
    }

    /// <summary>A call begins. Null for one of another thread, which is none of this pass.</summary>
    private Call? Begin(nn.Module module, object?[] inputs)
    {
        if (Environment.CurrentManagedThreadId != _thread) return null;
        var call = new Call(module) { Inputs = [.. Tensors(inputs).Select(Shape)] };
        _open.Peek().Children.Add(call);
        _open.Push(call);
        return call;
    }

    private EmptyBatch? Emptied(nn.Module module, Tensor input, object?[] inputs) =>
        Begin(module, inputs) is { } call ? call.Emptied = EmptyBatch.Of(module, input, _work) : null;

    /// <summary>A call ends.</summary>
    /// <param name="module">Whose.</param>
    /// <param name="output">What came out.</param>
    /// <param name="whole">What comes out of a call with an empty batch instead.</param>
    /// <returns>What comes out.</returns>
    private object? End(nn.Module module, object? output, Func<EmptyBatch, object?>? whole = null)
    {
        if (Environment.CurrentManagedThreadId != _thread || _open.All(c => !ReferenceEquals(c.Module, module))) return output;
        // A call above it that did not end threw, and the network caught that.
        while (!ReferenceEquals(_open.Peek().Module, module)) _open.Pop();
        var call = _open.Pop();
        if (call.Emptied is { } emptied && whole is not null) output = whole(emptied);
        call.Outputs = [.. Tensors(output).Select(Shape)];
        call.MultiplyAdds = LayerFacts.MultiplyAdds(module, [.. call.Inputs.Select(t => t.Shape)],
            [.. call.Outputs.Select(t => t.Shape)]);
        return output;
    }

    /// <summary>A hook of the type that modules of some signature want, (module, inputs…) → inputs, which tells
    /// <see cref="Begin"/> of the call and changes nothing.</summary>
    private Delegate Before(Type type)
    {
        var invoke = type.GetMethod("Invoke")!;
        var parameters = invoke.GetParameters().Select(p => Expression.Parameter(p.ParameterType)).ToArray();
        var inputs = Expression.NewArrayInit(typeof(object), parameters[1..].Select(p => Expression.Convert(p, typeof(object))));
        var begin = Expression.Call(Expression.Constant(this), ((Func<nn.Module, object?[], Call?>)Begin).Method, parameters[0],
            inputs);
        // With several inputs, null says that they stay as they are.
        Expression same = parameters.Length == 2 ? parameters[1] : Expression.Default(invoke.ReturnType);
        return Expression.Lambda(type, Expression.Block(begin, same), parameters).Compile(preferInterpretation: true);
    }

    /// <summary>A hook (module, inputs…, output) → output, which tells <see cref="End"/> of the call and changes
    /// nothing.</summary>
    private Delegate After(Type type)
    {
        var parameters = type.GetMethod("Invoke")!.GetParameters().Select(p => Expression.Parameter(p.ParameterType)).ToArray();
        var end = Expression.Call(Expression.Constant(this),
            ((Func<nn.Module, object?, Func<EmptyBatch, object?>?, object?>)End).Method, parameters[0],
            Expression.Convert(parameters[^1], typeof(object)),
            Expression.Constant(null, typeof(Func<EmptyBatch, object?>)));
        return Expression.Lambda(type, Expression.Block(end, parameters[^1]), parameters).Compile(preferInterpretation: true);
    }

    private static TensorShape Shape(Tensor tensor) => new(tensor.shape, tensor.dtype, tensor.numel() * tensor.ElementSize);

    /// <summary>The tensors in a value that a network may take or give: alone, in tuples, lists and dictionaries.</summary>
    internal static IEnumerable<Tensor> Tensors(object? value) => value switch
    {
        Tensor tensor => tensor.IsInvalid ? [] : [tensor],
        ITuple tuple => Enumerable.Range(0, tuple.Length).SelectMany(i => Tensors(tuple[i])),
        IDictionary dictionary => dictionary.Values.Cast<object?>().SelectMany(Tensors),
        IEnumerable many and not string => many.Cast<object?>().SelectMany(Tensors),
        _ => [],
    };

    internal static bool IsFloating(ScalarType type) =>
        type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;

    /// <summary>The network and all modules in it, each once.</summary>
    internal static IReadOnlyList<nn.Module> ModulesOf(nn.Module network) =>
        [.. network.named_modules().Select(m => m.module).Prepend(network).Distinct(ReferenceEqualityComparer.Instance)
            .Cast<nn.Module>()];

    /// <summary>The name of a module in the network, such as "layer1.0.conv1".</summary>
    internal static string PathOf(nn.Module network, nn.Module module) =>
        network.named_modules().Where(m => ReferenceEquals(m.module, module)).Select(m => m.name).FirstOrDefault()
            ?? network.GetName();
}
