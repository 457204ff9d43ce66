using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>How a network of any signature is called: with its inputs, one after the other; what it returns first is its output,
/// such as an LSTM's, which comes with its state.</summary>
internal static class Forward
{
    /// <summary>The call of a network with so many tensors, by hooks as well.</summary>
    /// <exception cref="ArgumentException">It is not called with so many tensors, or does not return one.</exception>
    public static Func<IReadOnlyList<Tensor>, Tensor> Of(nn.Module network, int inputs)
    {
        if (network is nn.Module<Tensor, Tensor> simple && inputs == 1) return x => simple.call(x[0]);
        var calls = network.GetType().GetMethods().Where(m => m.Name == "call" && Output(m.ReturnType) is not null).ToList();
        var call = calls.Where(m => m.GetParameters().Length >= inputs && Takes(m, inputs))
            .OrderBy(m => m.GetParameters().Length)
            .ThenByDescending(m => m.DeclaringType == network.GetType())
            .FirstOrDefault() ?? throw new ArgumentException(Refusal(network, calls, inputs), nameof(network));

        var given = Expression.Parameter(typeof(IReadOnlyList<Tensor>));
        var arguments = call.GetParameters().Select((p, i) => i < inputs
            ? Expression.Property(given, "Item", Expression.Constant(i))
            : (Expression)Expression.Constant(p.HasDefaultValue ? p.DefaultValue : null, p.ParameterType));
        Expression result = Expression.Call(Expression.Constant(network), call, arguments);
        if (Output(call.ReturnType) is { Length: > 0 } field) result = Expression.Field(result, field);
        return Expression.Lambda<Func<IReadOnlyList<Tensor>, Tensor>>(result, given).Compile();
    }

    /// <summary>How many tensors a network wants at least, as far as that can be seen.</summary>
    public static int Wanted(nn.Module network) => network is nn.Module<Tensor, Tensor> ? 1 : network.GetType().GetMethods()
        .Where(m => m.Name == "call" && Output(m.ReturnType) is not null && Required(m) > 0)
        .Select(Required)
        .DefaultIfEmpty(1)
        .Min();

    private static int Required(MethodInfo call) =>
        call.GetParameters().TakeWhile(p => p.ParameterType == typeof(Tensor) && !p.HasDefaultValue).Count();

    private static bool Takes(MethodInfo call, int inputs) =>
        call.GetParameters().Take(inputs).All(p => p.ParameterType == typeof(Tensor))
        && call.GetParameters()
            .Skip(inputs)
            .All(p => p.HasDefaultValue || Nullable.GetUnderlyingType(p.ParameterType) is not null);

    /// <summary>Where in a returned value the output stands: "" for a tensor itself, a field of a tuple, null for
    /// nowhere.</summary>
    private static string? Output(Type type) => type == typeof(Tensor) ? ""
        : typeof(ITuple).IsAssignableFrom(type) && type.GetField("Item1")?.FieldType == typeof(Tensor) ? "Item1" : null;

    private static string Refusal(nn.Module network, List<MethodInfo> calls, int inputs)
    {
        var wants = calls.Count == 0
            ? "It is called with no tensor alone, or does not return one first."
            : $"It takes {string.Join(" or ", calls.Select(Signature).Distinct())}.";
        var lengths = calls.Any(c => Required(c) == inputs + 1)
            ? "If the last one is the sequences' lengths, give the batches lengths: …. Else say"
            : "Say";
        var tensors = inputs == 1 ? "1 tensor" : $"{inputs} tensors";
        return $"{network.GetName()} can't be called with {tensors}. {wants} {lengths} how an output is computed: "
            + "forward: batch => ….";
    }

    private static string Signature(MethodInfo call) =>
        $"({string.Join(", ", call.GetParameters().Select(p => $"{p.ParameterType.Name} {p.Name}"))})";
}
