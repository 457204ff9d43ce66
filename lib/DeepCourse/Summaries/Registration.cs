using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// Finds what a network holds in its fields and does not know of: TorchSharp says nothing then, training changes nothing, and
/// files lack the weights.
/// </summary>
public static class Registration
{
    /// <summary>
    /// What is wrong, a sentence for each field with the way out; empty when all is well. Looked at are the fields of the network
    /// and of all modules that it knows, with collections, tuples and objects in them. Static fields, delegates, and what has
    /// <see cref="NotTrainedAttribute"/> are not.
    /// </summary>
    public static IReadOnlyList<string> Problems(nn.Module network)
    {
        var modules = Trace.ModulesOf(network);
        var fields = new FieldSearch(network, modules);
        return [.. modules.SelectMany(m => fields.Of(m).Select(lost => Sentence(m, lost)))];
    }

    private static string Sentence(nn.Module module, FieldSearch.Lost lost)
    {
        var what = (lost.Module, lost.Way) switch
        {
            (null, FieldSearch.Way.Field) => $"its parameter {lost.Field}, which is",
            (null, _) => $"the parameters in its {lost.Field}, which are",
            ({ } child, FieldSearch.Way.Field) => $"its {lost.Field} ({LayerFacts.TypeOf(child)}), whose parameters are",
            ({ } child, _) => $"the modules in its {lost.Field} ({LayerFacts.TypeOf(child)}, …), whose parameters are",
        };
        var missed = !lost.HasWeights
            ? "so that train() and eval() do not reach it"
            : "not trained and not saved";
        if (missed[0] == 's') what = what[..what.LastIndexOf(", ", StringComparison.Ordinal)] + ",";
        var way = (lost.Module is null, lost.Way) switch
        {
            (_, FieldSearch.Way.Field) =>
                "call RegisterComponents() as the constructor's last line, after every field has got its value",
            (false, FieldSearch.Way.List) =>
                "TorchSharp does not look into arrays and lists. Make it a ModuleList, or a Sequential",
            (true, FieldSearch.Way.List) => "TorchSharp does not look into arrays and lists. Make it a ParameterList",
            (false, FieldSearch.Way.Dictionary) => "TorchSharp does not look into dictionaries. Make it a ModuleDict",
            (true, FieldSearch.Way.Dictionary) => "TorchSharp does not look into dictionaries. Make it a ParameterDict",
            (_, FieldSearch.Way.Nested) => "TorchSharp does not look into collections. Make one ModuleList of ModuleLists of it, "
                + $"or call {Register(lost)} for each in the constructor",
            (_, FieldSearch.Way.Tuple) => "TorchSharp does not look into tuples. Give each a field of its own",
            (_, FieldSearch.Way.Lazy) => "TorchSharp does not look into Lazy. Make it in the constructor, in a field of its own",
            _ => "TorchSharp does not look into objects that are no modules. Derive the object's class from nn.Module, or call "
                + $"{Register(lost)} for each in the constructor",
        };
        return $"{LayerFacts.TypeOf(module)} does not know {what} {missed}: {way}. If that is on purpose, as with a teacher, "
            + $"mark {lost.Marked} with [NotTrained].";
    }

    private static string Register(FieldSearch.Lost lost) =>
        lost.Module is null ? "register_parameter(name, parameter)" : "register_module(name, module)";
}
