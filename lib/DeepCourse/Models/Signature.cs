using System.Reflection;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>How a network is called with some number of tensors: a method "call", and values for what else it takes.</summary>
internal sealed class Signature
{
    private readonly MethodInfo _call;
    private readonly object?[] _rest;

    private Signature(MethodInfo call, object?[] rest) => (_call, _rest) = (call, rest);

    /// <summary>How many tensors a network wants at least.</summary>
    private static int Wanted(nn.Module network) => network is nn.Module<Tensor, Tensor> ? 1 : Calls(network)
        .Select(c => c.GetParameters().Zip(Written(network, c))
            .TakeWhile(p => p.First.ParameterType == typeof(Tensor) && Default(p.First) is null && Default(p.Second) is null)
            .Count())
        .Where(count => count > 0).DefaultIfEmpty(1).Min();

    /// <summary>Whether a network takes the lengths of its inputs: as one tensor more that it must be given, or may be given
    /// under a name that says so.</summary>
    public static bool TakesLengths(nn.Module network, int inputs) => network is not nn.Module<Tensor, Tensor>
        && (Wanted(network) == inputs + 1 || Calls(network).Any(c => Written(network, c) is var written
            && written.Length > inputs && written.Take(inputs + 1).All(p => p.ParameterType == typeof(Tensor))
            && written[inputs].Name?.Contains("length", StringComparison.OrdinalIgnoreCase) == true));

    /// <summary>The way to call a network with a number of tensors.</summary>
    /// <param name="network">The network.</param>
    /// <param name="tensors">How many.</param>
    /// <param name="advice">What to do where there is no such way, a sentence.</param>
    /// <exception cref="ArgumentException">There is none; the message lists what the network wants.</exception>
    public static Signature Of(nn.Module network, int tensors, string advice)
    {
        var calls = Calls(network);
        if (calls.Count == 0)
            throw new ArgumentException("It has no method call: derive it from nn.Module<Tensor, Tensor>, or from the form of "
                + "nn.Module<…> that has its inputs and its output.");
        foreach (var call in calls)
        {
            var parameters = call.GetParameters();
            if (parameters.Length < tensors || parameters.Take(tensors).Any(p => p.ParameterType != typeof(Tensor))) continue;
            var written = Written(network, call);
            var rest = Enumerable.Range(tensors, parameters.Length - tensors)
                .Select(i => Default(parameters[i]) ?? Default(written[i])).ToList();
            if (rest.All(r => r is not null)) return new Signature(call, [.. rest.Select(r => r!.Value.Item1)]);
        }
        var wanted = Written(network, calls[^1]);
        var list = string.Join(", ", wanted.Select((p, i) => $"{i + 1}. {p.Name} ({Name(p.ParameterType)}"
            + $"{(Default(p) is null && Default(calls[^1].GetParameters()[i]) is null ? "" : ", may be left out")})"));
        throw new ArgumentException($"It is not called with {tensors} tensor{(tensors == 1 ? "" : "s")}: it wants {list}. "
            + advice);
    }

    /// <summary>What a call gives.</summary>
    public Type ReturnType => _call.ReturnType;

    /// <summary>Calls the network.</summary>
    public object? Invoke(nn.Module network, IEnumerable<Tensor> inputs) =>
        _call.Invoke(network, BindingFlags.DoNotWrapExceptions, null, [.. inputs, .. _rest], null);

    // The most derived "call": an LSTM's has a default for its state.
    private static List<MethodInfo> Calls(nn.Module network) =>
        [.. network.GetType().GetMethods().Where(m => m.Name == "call" && !m.IsGenericMethod)
            .OrderBy(m => m.GetParameters().Length).ThenByDescending(m => m.DeclaringType == network.GetType())];

    /// <summary>The parameters as the network's author wrote them: those of forward, whose names and default values "call" does
    /// not know.</summary>
    private static ParameterInfo[] Written(nn.Module network, MethodInfo call)
    {
        var types = call.GetParameters().Select(p => p.ParameterType).ToArray();
        for (var type = network.GetType(); type is not null; type = type.BaseType)
        {
            const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly;
            if (type.GetMethod("forward", own, types) is { IsAbstract: false } forward) return forward.GetParameters();
        }
        return call.GetParameters();
    }

    /// <summary>The value of a parameter that may be left out, in a tuple of one; null for one that may not.</summary>
    private static ValueTuple<object?>? Default(ParameterInfo parameter) =>
        parameter.HasDefaultValue ? new(parameter.DefaultValue)
        : Nullable.GetUnderlyingType(parameter.ParameterType) is not null ? new(null)
        : !parameter.ParameterType.IsValueType && MayBeNull(parameter) ? new(null)
        : null;

    private static bool MayBeNull(ParameterInfo parameter) =>
        new NullabilityInfoContext().Create(parameter).ReadState == NullabilityState.Nullable;

    private static string Name(Type type) =>
        Nullable.GetUnderlyingType(type) is { } value ? $"{Name(value)}?"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
