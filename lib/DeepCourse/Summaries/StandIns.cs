using System.Reflection;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// Memory in place of weights on the meta device, until this is disposed: one piece for all of a type, as large as the largest,
/// and never touched, so that the system need not provide it. They are put into the fields alone: what the network knows as its
/// parameters stays what it was, and tied weights stay tied.
/// </summary>
internal sealed class StandIns : IDisposable
{
    private readonly List<(nn.Module Module, FieldInfo Field, object Was)> _replaced = [];
    private readonly DisposeScope _scope;

    public StandIns(nn.Module network)
    {
        _scope = NewDisposeScope();
        var largest = network.parameters().Concat(network.buffers()).Where(IsWithoutMemory).GroupBy(t => t.dtype)
            .ToDictionary(g => g.Key, g => g.Max(t => t.numel()));
        var pieces = new Dictionary<ScalarType, Tensor>();
        foreach (var module in Trace.ModulesOf(network))
        {
            for (var type = module.GetType(); type is not null && type != typeof(nn.Module); type = type.BaseType)
            {
                foreach (var field in type.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                {
                    if (field.GetValue(module) is not Tensor tensor || !IsWithoutMemory(tensor)) continue;
                    _replaced.Add((module, field, tensor));
                    field.SetValue(module, tensor is Parameter p ? new Parameter(Instead(tensor), p.requires_grad)
                        : Instead(tensor));
                }
            }
        }

        Tensor Instead(Tensor tensor)
        {
            // Numbers that may be looked at, such as a count of batches, are zeros.
            if (!tensor.is_floating_point()) return zeros(tensor.shape, tensor.dtype);
            if (!pieces.TryGetValue(tensor.dtype, out var piece) || piece.numel() < tensor.numel())
            {
                pieces[tensor.dtype] = piece =
                    empty([Math.Max(tensor.numel(), largest.GetValueOrDefault(tensor.dtype))], tensor.dtype);
            }
            return piece.narrow(0, 0, tensor.numel()).view(tensor.shape);
        }
    }

    /// <summary>What stands in for a parameter; the parameter itself where nothing does.</summary>
    public Tensor For(Parameter parameter) =>
        _replaced.Where(r => ReferenceEquals(r.Was, parameter)).Select(r => r.Field.GetValue(r.Module) as Tensor)
            .FirstOrDefault() ?? parameter;

    /// <summary>Puts back what was there.</summary>
    public void Dispose()
    {
        foreach (var (module, field, was) in _replaced)
        {
            // A parameter is in no scope.
            (field.GetValue(module) as Tensor)?.Dispose();
            field.SetValue(module, was);
        }
        _scope.Dispose();
    }

    private static bool IsWithoutMemory(Tensor tensor) => !tensor.IsInvalid && tensor.device_type == DeviceType.META;
}
