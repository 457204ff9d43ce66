using System.Collections;
using System.Reflection;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// Finds what a network holds in its fields and does not know of: TorchSharp says nothing then, training changes nothing, and
/// files lack the weights.
/// </summary>
public static class Registration
{
    /// <summary>What is wrong, a sentence each with the way out; empty when all is well.</summary>
    public static IReadOnlyList<string> Problems(nn.Module network) =>
        [.. network.named_modules()
            .Prepend(("", network))
            .DistinctBy(m => m.Item2, ReferenceEqualityComparer.Instance)
            .SelectMany(m => OfModule(m.Item2))];

    private static IEnumerable<string> OfModule(nn.Module module)
    {
        var (children, parameters) = (module.named_children().Select(c => c.module).ToList(),
            module.named_parameters(recurse: false).Select(p => p.parameter.Handle).ToHashSet());
        for (var type = module.GetType(); type is not null && type.Assembly != typeof(torch).Assembly; type = type.BaseType)
        {
            foreach (var field in type.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                var name = field.Name is ['<', ..] && field.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end
                    ? field.Name[1..end]
                    : field.Name;
                switch (field.GetValue(module))
                {
                    case nn.Module child when !children.Contains(child):
                        yield return $"{LayerFacts.TypeOf(module)} does not know its {name} ({LayerFacts.TypeOf(child)}), whose "
                            + "parameters are not trained and not saved: call RegisterComponents() as the constructor's last "
                            + "line, after every field has got its value.";
                        break;
                    case Parameter parameter when !parameters.Contains(parameter.Handle):
                        yield return $"{LayerFacts.TypeOf(module)} does not know its parameter {name}: call RegisterComponents() "
                            + "as the constructor's last line, after every field has got its value.";
                        break;
                    case IEnumerable many and not nn.Module
                        and not string when many.OfType<nn.Module>().FirstOrDefault(m => !children.Contains(m)) is { } lost:
                        yield return $"{LayerFacts.TypeOf(module)} does not know the modules in its {name} "
                            + $"({LayerFacts.TypeOf(lost)}, …), whose parameters are not trained and not saved: TorchSharp does "
                            + "not look into arrays and lists. Make it a ModuleList, or a Sequential.";
                        break;
                }
            }
        }
    }
}
