namespace DeepCourse.Weights;

/// <summary>
/// The weights in what a file holds. A network's <c>state_dict()</c> is a dictionary of tensors; a checkpoint holds one beside
/// other things, under a name that everybody chooses anew, and perhaps two. It is found by what it is. What was unpickled may
/// hold itself or be nested without end, so nothing here calls itself.
/// </summary>
internal static class StateDict
{
    private const int Deepest = 16, MostNames = 200_000, MostCharacters = 1 << 25, LongestName = 4096;

    /// <summary>Under what the weights of a checkpoint lie, the likeliest first.</summary>
    private static readonly string[] Usual =
    [
        "state_dict", "model_state_dict", "model_state", "model", "net_state_dict", "net", "network", "module", "weights",
        "params", "state_dict_ema", "model_ema", "ema", "params_ema",
    ];

    /// <summary>
    /// The weights: of the dictionary under a usual name, however deep; else of the only one that holds tensors; else of all of
    /// them, a nested one's names after the outer name and a dot ("generator.conv.weight").
    /// </summary>
    /// <exception cref="WeightsException">There are none.</exception>
    public static Contents Find(StoredFile file, object? content)
    {
        // A list or tuple of dictionaries: the first with tensors.
        if (Items(content) is { } items)
            content = items.Take(100).OfType<Unpickler.Dict>().FirstOrDefault(HasTensors) ?? content;
        if (content is not Unpickler.Dict dict)
            throw new WeightsException(content switch
            {
                StoredTensor or UnreadableTensor => $"{file.Path} holds one tensor without names. {Way}",
                Unpickler.Opaque opaque => $"{file.Path} holds {opaque.What}, not weights. {Way}",
                Unpickler.Global global => $"{file.Path} holds the name {global.Name}, not weights. {Way}",
                _ => $"{file.Path} holds something without names. {Way}",
            });
        for (var depth = 0; depth < Deepest && Inner(dict) is { } inner; depth++) dict = inner;
        var contents = Flatten(file, dict);
        if (HasTensors(dict) || dict.Items.Count == 0) return contents;
        var keys = string.Join(", ", dict.Items.Take(10).Select(i => i.Key is string key ? Short(key) : "…"));
        var other = dict.Items.Select(i => i.Value).OfType<Unpickler.Opaque>().FirstOrDefault() is { } value
            ? $"; there is {value.What}"
            : "";
        throw new WeightsException(
            $"{file.Path} holds no tensors under names; its keys are {keys}{other}. "
                + "In Python: torch.save(checkpoint[key], new_path), with the key of the state_dict.");
    }

    private const string Way = "Save a network's weights: torch.save(model.state_dict(), path).";

    private static IEnumerable<object?>? Items(object? content) => content switch
    {
        List<object?> list => list,
        Unpickler.Tuple tuple => tuple.Items,
        _ => null,
    };

    /// <summary>The dictionary inside that holds the weights; null when it is this one.</summary>
    private static Unpickler.Dict? Inner(Unpickler.Dict dict)
    {
        foreach (var name in Usual)
            if (dict.Items.LastOrDefault(i => i.Key as string == name).Value is Unpickler.Dict usual && usual != dict
                && HasTensors(usual))
                return usual;
        var own = dict.Items.Count(i => i.Key is string && i.Value is StoredTensor or UnreadableTensor);
        var nested = Nested(dict).Where(HasTensors).Distinct().Take(2).ToList();
        // A best accuracy may be a tensor beside them.
        return nested is [var only] && only != dict && own < only.Items.Count(i => i.Value is StoredTensor or UnreadableTensor)
            ? only
            : null;
    }

    private static IEnumerable<Unpickler.Dict> Nested(Unpickler.Dict dict) =>
        dict.Items.Where(i => i.Key is string key && !IsOfTraining(key)).Select(i => i.Value).OfType<Unpickler.Dict>();

    /// <summary>An optimizer's averages have the shapes of weights and are none.</summary>
    private static bool IsOfTraining(string key) => key.Contains("optim", StringComparison.OrdinalIgnoreCase)
        || key.Contains("scheduler", StringComparison.OrdinalIgnoreCase);

    private static bool HasTensors(Unpickler.Dict dict)
    {
        var seen = new HashSet<Unpickler.Dict>(ReferenceEqualityComparer.Instance) { dict };
        var open = new Stack<Unpickler.Dict>(seen);
        while (open.TryPop(out var next))
        {
            if (next.Items.Any(i => i.Key is string && i.Value is StoredTensor or UnreadableTensor)) return true;
            foreach (var nested in Nested(next).Where(seen.Add)) open.Push(nested);
        }
        return false;
    }

    private static Contents Flatten(StoredFile file, Unpickler.Dict dict)
    {
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        var unreadable = new Dictionary<string, string>(StringComparer.Ordinal);
        var open = new Stack<(string Prefix, int Depth, Unpickler.Dict Dict)>([("", 0, dict)]);
        var (names, characters) = (0, 0L);
        while (open.TryPop(out var next))
        {
            foreach (var (key, value) in next.Dict.Items)
            {
                if (key is not string name) continue;
                if (value is not (StoredTensor or UnreadableTensor or Unpickler.Opaque or Unpickler.Dict)) continue;
                // Dictionaries that hold one another many times over, or themselves, would have names without end.
                if (++names > MostNames) throw file.Broken($"it has more than {MostNames:N0} names");
                var length = next.Prefix.Length + name.Length;
                if (length > LongestName) throw file.Broken($"a name of {length:N0} characters");
                if ((characters += length) > MostCharacters)
                    throw file.Broken($"its names have more than {MostCharacters:N0} characters");
                var whole = next.Prefix + name;
                if (value is StoredTensor tensor) tensors[whole] = tensor;
                else if (value is UnreadableTensor unread) unreadable[whole] = unread.What;
                else if (value is Unpickler.Opaque other) unreadable[whole] = other.What;
                else if (value is Unpickler.Dict inner && !IsOfTraining(name) && HasTensors(inner))
                {
                    if (next.Depth == Deepest) throw file.Broken($"its dictionaries are nested more than {Deepest} deep");
                    open.Push(($"{whole}.", next.Depth + 1, inner));
                }
            }
        }
        return new Contents(tensors, unreadable);
    }

    private static string Short(string key) => key.Length <= 60 ? key : key[..60] + "…";
}
