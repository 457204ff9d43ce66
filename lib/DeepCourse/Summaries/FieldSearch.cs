using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using DeepCourse.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>Looks through the fields of modules for modules and parameters that a network does not know.</summary>
internal sealed class FieldSearch
{
    /// <summary>In what a module was found.</summary>
    internal enum Way
    {
        Field,
        List,
        Dictionary,
        Nested,
        Tuple,
        Lazy,
        Object,
    }

    /// <summary>What a field holds and the network does not know.</summary>
    /// <param name="Field">Of the module, such as "layers", or "parts.Head" for the field of an object.</param>
    /// <param name="Module">One of the modules; null where they are parameters.</param>
    /// <param name="Way">In what it was found.</param>
    /// <param name="Marked">The name of the field to be marked.</param>
    internal sealed record Lost(string Field, nn.Module? Module, Way Way, string Marked)
    {
        /// <summary>Whether it has parameters or buffers; otherwise only its mode matters.</summary>
        public bool HasWeights => Module is null or Unmade || FieldSearch.HasWeights(Module);
    }

    private const int Deepest = 8, Most = 20_000;

    private readonly HashSet<object> _known = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<TensorMemory.Place> _parameters;
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);

    public FieldSearch(nn.Module network, IReadOnlyList<nn.Module> modules)
    {
        _known.UnionWith(modules);
        _parameters = [.. network.parameters().Where(p => !p.IsInvalid).Select(ParameterPlace.Of)];
    }

    /// <summary>Whether a module has parameters or buffers, or the modules in it have some.</summary>
    private static bool HasWeights(nn.Module module) => module.parameters().Any() || module.buffers().Any();

    /// <summary>What a module's own fields hold and the network does not know; one for each field.</summary>
    public IEnumerable<Lost> Of(nn.Module module)
    {
        _seen.Clear();
        return FieldsOf(module, "", 0, Way.Field).DistinctBy(l => l.Field).ToList();
    }

    private IEnumerable<Lost> FieldsOf(object holder, string before, int depth, Way way)
    {
        for (var type = holder.GetType(); type is not null && !IsForeign(type); type = type.BaseType)
        {
            foreach (var field in type.GetFields(
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (field.FieldType.IsPrimitive || field.FieldType.IsPointer || IsMarked(field, type)) continue;
                var name = NameOf(field);
                foreach (var lost in Values(field.GetValue(holder), new Lost(before + name, null, way, name), depth))
                    yield return lost;
            }
        }
    }

    /// <summary>What a value holds; <paramref name="at"/> says where it stands.</summary>
    private IEnumerable<Lost> Values(object? value, Lost at, int depth)
    {
        if (value is null or string or Delegate or Type or Pointer || depth > Deepest) return [];
        if (value is nn.Module module) return IsLost(module) ? [at with { Module = module }] : [];
        if (value is Tensor)
            return value is Parameter { IsInvalid: false } p && !_parameters.Contains(ParameterPlace.Of(p)) ? [at] : [];
        var type = value.GetType();
        if (type.IsPrimitive || type.IsEnum || (!type.IsValueType && !_seen.Add(value)) || _seen.Count > Most) return [];
        if (value is ITuple tuple)
            return Enumerable.Range(0, tuple.Length).SelectMany(i => Values(tuple[i], Inside(at, Way.Tuple), depth + 1));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Lazy<>)) return InLazy(value, type, at, depth);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>))
            return Values(type.GetProperty("Key")!.GetValue(value), at, depth + 1)
                .Concat(Values(type.GetProperty("Value")!.GetValue(value), at, depth + 1));
        if (!IsForeign(type))
            return FieldsOf(value, at.Way is Way.Field or Way.Object ? at.Field + "." : at.Field + "[…].", depth + 1, Way.Object)
                .Select(l => at.Way == Way.Field ? l : l with { Field = at.Field });
        // Collections that are there; a query or a generator would run code.
        var isCollection = value is ICollection || type.GetInterfaces().Any(i => i.IsGenericType
            && (i.GetGenericTypeDefinition() == typeof(ICollection<>)
                || i.GetGenericTypeDefinition() == typeof(IReadOnlyCollection<>)));
        if (!isCollection || value is not IEnumerable many || HoldsOnlyValues(type)) return [];
        var inside = Inside(at, IsDictionary(type) ? Way.Dictionary : Way.List);
        return Items(many).SelectMany(v => Values(v, inside, depth + 1));
    }

    private IEnumerable<Lost> InLazy(object value, Type type, Lost at, int depth)
    {
        var inside = Inside(at, Way.Lazy);
        if (type.GetProperty("IsValueCreated")!.GetValue(value) is true)
            return Values(type.GetProperty("Value")!.GetValue(value), inside, depth + 1);
        // It is not made yet, so the network can't know it.
        var made = type.GetGenericArguments()[0];
        return typeof(Parameter).IsAssignableFrom(made) ? [inside]
            : typeof(nn.Module).IsAssignableFrom(made) ? [inside with { Module = new Unmade(made.Name) }]
            : [];
    }

    /// <summary>In place of a module that a Lazy has not made.</summary>
    private sealed class Unmade(string type) : nn.Module<Tensor, Tensor>(type)
    {
        public override Tensor forward(Tensor input) => input;
    }

    private static Lost Inside(Lost at, Way way) => at with { Way = at.Way == Way.Field ? way : Way.Nested };

    /// <summary>A module around the network is not one that it lost; one without weights, such as a ReLU, lacks nothing unless
    /// its mode matters.</summary>
    private bool IsLost(nn.Module module) =>
        !_known.Contains(module)
        && (HasWeights(module)
            || Trace.ModulesOf(module).Any(m => m.GetType().Name.Contains("Dropout", StringComparison.Ordinal)))
        && !Trace.ModulesOf(module).Any(_known.Contains);

    private static List<object?> Items(IEnumerable many)
    {
        try
        {
            return [.. many.Cast<object?>().Take(Most)];
        }
        // Another thread changes it, or it was disposed.
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
        {
            return [];
        }
    }

    private static bool IsDictionary(Type type) => type.GetInterfaces().Any(i => i == typeof(IDictionary)
        || (i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>)));

    private static bool HoldsOnlyValues(Type type) => type.IsArray
        ? IsPlain(type.GetElementType()!)
        : type.IsGenericType && type.GetGenericArguments().All(IsPlain);

    private static bool IsPlain(Type type) =>
        type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal);

    /// <summary>Whether a type is of the platform or of TorchSharp, whose insides are their own; or holds a notebook's variables.
    /// </summary>
    private static bool IsForeign(Type type) =>
        type.Assembly == typeof(torch).Assembly || type.IsArray || type.Name.StartsWith("Submission#", StringComparison.Ordinal)
        || (type.Assembly.GetName().Name ?? "") is var name
        && (name is "mscorlib" or "netstandard" || name.StartsWith("System.", StringComparison.Ordinal)
        || name.StartsWith("Microsoft.", StringComparison.Ordinal) || name == "System");

    /// <summary>A field's name as its author wrote it: the compiler calls that of a property "&lt;Fc2&gt;k__BackingField".
    /// </summary>
    private static string NameOf(FieldInfo field) =>
        field.Name is ['<', ..] && field.Name.IndexOf('>', StringComparison.Ordinal) is > 1 and var end
            ? field.Name[1..end]
            : field.Name;

    private static bool IsMarked(FieldInfo field, Type type)
    {
        if (field.IsDefined(typeof(NotTrainedAttribute))) return true;
        if (field.Name[0] != '<') return false;
        var name = NameOf(field);
        const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        return type.GetProperty(name, own)?.IsDefined(typeof(NotTrainedAttribute)) == true
            || type.GetConstructors(own).SelectMany(c => c.GetParameters())
                .Any(p => p.Name == name && p.IsDefined(typeof(NotTrainedAttribute)));
    }
}
