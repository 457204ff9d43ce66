using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>
/// What there is to show of a value: a text, a list, or names with values. Made with limits of depth, number and time, since a
/// value may refer to itself, have a million parts or compute them without an end; what is left out stands there as such.
/// </summary>
internal abstract record ValueTree
{
    /// <summary>A value that a text says all of.</summary>
    public sealed record Leaf(string Text) : ValueTree;

    /// <summary>Values in their order.</summary>
    /// <param name="Type">The type's name; null where the values say it.</param>
    /// <param name="Items">The first ones.</param>
    /// <param name="More">What is said of the rest; null when there is none.</param>
    public sealed record Sequence(string? Type, IReadOnlyList<ValueTree> Items, string? More) : ValueTree
    {
        /// <summary>Whether all items are texts in a line.</summary>
        public bool IsFlat => Items.All(i => i is Leaf { Text: var text } && !text.Contains('\n', StringComparison.Ordinal));
    }

    /// <summary>An object's properties and fields, or the entries of a dictionary.</summary>
    /// <param name="Type">The type's name.</param>
    /// <param name="Own">What it says of itself, where its author wrote that; null otherwise.</param>
    /// <param name="Members">Names and values.</param>
    /// <param name="More">What is said of those that are left out; null when there are none.</param>
    public sealed record Record(string Type, string? Own, IReadOnlyList<(string Name, ValueTree Value)> Members, string? More)
        : ValueTree;

    /// <summary>Looks at <paramref name="value"/>, as deep as limits allow.</summary>
    /// <param name="value">Anything.</param>
    /// <param name="nested">What is inside a value and has a formatter of its own: its text; null for everything else.</param>
    /// <param name="mostItems">How many items of each sequence are shown.</param>
    /// <param name="deepest">How many levels are shown.</param>
    public static ValueTree Of(object? value, Func<object, string?> nested, int mostItems, int deepest) =>
        new Builder(nested, mostItems, deepest).Build(value, 0);

    private sealed class Builder(Func<object, string?> nested, int mostItems, int deepest)
    {
        private const int MostNodes = 2_000, LongestText = 10_000;
        private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

        private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();
        private readonly List<object> _path = [];
        private int _count;

        public ValueTree Build(object? value, int depth)
        {
            _count++;
            if (value is null) return new Leaf(Microsoft.DotNet.Interactive.Formatting.Formatter.NullString);
            if (depth > 0 && Caught(() => nested(value)) is { } own) return new Leaf(Cut(own));
            if (Text(value) is { } text) return new Leaf(depth == 0 ? text : Cut(text));
            var type = value.GetType();
            if (!type.IsValueType && _path.Exists(p => ReferenceEquals(p, value)))
                return new Leaf($"{Name(type)} (the same as above)");
            if (depth >= deepest || IsOver) return new Leaf($"{Name(type)} …");
            _path.Add(value);
            try
            {
                return value switch
                {
                    System.Data.DataTable table => Rows(table, depth),
                    Task task => OfTask(task, depth),
                    IDictionary entries => Entries(type, entries, depth),
                    ITuple tuple when IsTuple(type) =>
                        new Sequence("", [.. Enumerable.Range(0, tuple.Length).Select(i => Build(tuple[i], depth + 1))], null),
                    Array { Rank: > 1 } array => Grid(array, depth),
                    IEnumerable items when InterfaceOf(type, typeof(IGrouping<,>)) is { } group => Group(group, items, depth),
                    IEnumerable items => Items(type, items, depth),
                    _ => Members(type, value, depth),
                };
            }
            finally
            {
                _path.RemoveAt(_path.Count - 1);
            }
        }

        private bool IsOver => _count > MostNodes || _clock.Elapsed > Longest;

        private string WhyOver =>
            _clock.Elapsed > Longest
                ? $"… (left out after {Longest.TotalSeconds:0} s)"
                : $"… (left out after {MostNodes:N0} values)";

        private Sequence Items(Type type, IEnumerable items, int depth)
        {
            var shown = new List<ValueTree>();
            string? more = null;
            try
            {
                foreach (var item in items)
                {
                    if (shown.Count >= mostItems || IsOver)
                    {
                        more = IsOver ? WhyOver : CountOf(items) is { } count ? $"… ({count - shown.Count:N0} more)" : "… (more)";
                        break;
                    }
                    shown.Add(Build(item, depth + 1));
                }
            }
            catch (Exception e) when (IsTheValues(e))
            {
                more = Failed(e);
            }
            return new Sequence(NameOfSequence(type), shown, more);
        }

        /// <summary>What <c>GroupBy</c> gives: the key says what its items have in common.</summary>
        private Record Group(Type group, IEnumerable items, int depth) => new("", null,
            [(ValueText.Write(Build(group.GetProperty("Key")!.GetValue(items), depth + 1)).Replace('\n', ' '),
                Items(items.GetType(), items, depth))], null);

        private Record Entries(Type type, IDictionary entries, int depth)
        {
            var members = new List<(string, ValueTree)>();
            string? more = null;
            foreach (DictionaryEntry entry in entries)
            {
                if (members.Count >= mostItems || IsOver)
                {
                    more = IsOver ? WhyOver : $"… ({entries.Count - members.Count:N0} more)";
                    break;
                }
                members.Add((ValueText.Write(Build(entry.Key, depth + 1)).Replace('\n', ' '), Build(entry.Value, depth + 1)));
            }
            return new Record(Name(type), null, members, more);
        }

        /// <summary>An array of two dimensions as rows; of more, as a list of such.</summary>
        private Sequence Grid(Array array, int depth, params int[] fixedIndices)
        {
            var dimension = fixedIndices.Length;
            var (low, length) = (array.GetLowerBound(dimension), array.GetLength(dimension));
            var shown = new List<ValueTree>();
            for (var i = 0; i < Math.Min(length, mostItems) && !IsOver; i++)
            {
                int[] index = [.. fixedIndices, low + i];
                shown.Add(index.Length == array.Rank ? Build(array.GetValue(index), depth + 1) : Grid(array, depth, index));
            }
            return new Sequence(dimension == 0
                ? $"{Name(array.GetType().GetElementType()!)}["
                    + $"{string.Join(',', Enumerable.Range(0, array.Rank).Select(array.GetLength))}]"
                : null,
                shown, shown.Count < length ? $"… ({length - shown.Count:N0} more)" : null);
        }

        /// <summary>A task has its result only when it has ended: whoever looks at it earlier waits.</summary>
        private Record OfTask(Task task, int depth)
        {
            var type = task.GetType();
            // what the compiler makes for an async function
            while (type.BaseType != typeof(Task) && type != typeof(Task)) type = type.BaseType!;
            var members = new List<(string, ValueTree)> { (nameof(Task.Status), new Leaf($"{task.Status}")) };
            if (task.IsFaulted) members.Add((nameof(Task.Exception), new Leaf(Failed(task.Exception!.InnerExceptions[0]))));
            if (task.IsCompletedSuccessfully && type.IsGenericType && type.GetGenericArguments()[0].Name != "VoidTaskResult")
                members.Add(("Result", Build(type.GetProperty("Result")!.GetValue(task), depth + 1)));
            return new Record(Name(type), null, members, null);
        }

        private Sequence Rows(System.Data.DataTable table, int depth) => new($"DataTable, {table.Rows.Count:N0} rows",
            [
                .. table.Rows.Cast<System.Data.DataRow>().Take(mostItems).Select(row => new Record("", null,
                    [.. table.Columns.Cast<System.Data.DataColumn>().Select(c => (c.ColumnName, Build(row[c], depth + 2)))],
                    null)),
            ], table.Rows.Count > mostItems ? $"… ({table.Rows.Count - mostItems:N0} more)" : null);

        private Record Members(Type type, object value, int depth)
        {
            const int most = 60;
            var members = new List<(string, ValueTree)>();
            string? more = null;
            foreach (var (name, get) in Readable(type))
            {
                if (members.Count >= most || IsOver)
                {
                    more = IsOver ? WhyOver : "… (more)";
                    break;
                }
                ValueTree shown;
                try
                {
                    shown = Build(get(value), depth + 1);
                }
                catch (Exception e) when (IsTheValues(e))
                {
                    shown = new Leaf(Failed(e));
                }
                members.Add((name, shown));
            }
            var own = WritesOwnText(type) ? Caught(() => value.ToString()) : null;
            return new Record(Name(type), own is null ? null : Cut(own), members, more);
        }

        private static IEnumerable<(string Name, Func<object, object?> Get)> Readable(Type type)
        {
            const BindingFlags flags = BindingFlags.Instance | BindingFlags.Public;
            var properties = type.GetProperties(flags)
                .Where(p => p.CanRead && p.GetMethod!.IsPublic && p.GetIndexParameters().Length == 0 && IsBoxable(p.PropertyType)
                    && IsBrowsable(p))
                .GroupBy(p => p.Name).Select(g => g.First()) // a hidden one has the same name
                .Select(p => (p.Name, (Func<object, object?>)(o => p.GetValue(o))));
            var fields = type.GetFields(flags)
                .Where(f => IsBoxable(f.FieldType) && IsBrowsable(f))
                .Select(f => (f.Name, (Func<object, object?>)(o => f.GetValue(o))));
            return properties.Concat(fields);
        }

        private static bool IsBoxable(Type type) =>
            !type.IsByRef && !type.IsByRefLike && !type.IsPointer && !type.IsFunctionPointer;

        private static bool IsBrowsable(MemberInfo member) =>
            member.GetCustomAttribute<System.Diagnostics.DebuggerBrowsableAttribute>()?.State
                != System.Diagnostics.DebuggerBrowsableState.Never;

        /// <summary>The text of a value that is one; null for what has parts.</summary>
        private static string? Text(object value) => value switch
        {
            System.Data.DataTable => null,
            string s => s,
            char c => c.ToString(),
            DateTime d =>
                d.ToString(d.Kind == DateTimeKind.Utc ? "yyyy-MM-dd HH:mm:ssZ" : "yyyy-MM-dd HH:mm:ss",
                    CultureInfo.InvariantCulture),
            DateOnly d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            DateTimeOffset d => d.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture),
            Type t => t.ToString(),
            MemberInfo m => $"{m.DeclaringType}.{m}",
            Delegate d =>
                $"{Name(d.GetType())} "
                    + $"({(d.Method.Name.Contains('<', StringComparison.Ordinal)
                        ? "a lambda or local function"
                        : d.Method.Name)})",
            StringBuilder b => b.ToString(),
            Exception e => e.ToString(),
            _ when value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Lazy<>) =>
                $"{Name(type)} ({value})",
            // JSON of two libraries: a value refers to its parent, and that to the value.
            System.Text.Json.Nodes.JsonNode node =>
                node.ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }).ReplaceLineEndings("\n"),
            _ when Ancestors(value.GetType()).Any(t => t.FullName is "Newtonsoft.Json.Linq.JToken") =>
                value.ToString()!.ReplaceLineEndings("\n"),
            IFormattable f when IsOfFramework(value.GetType()) && value is not IEnumerable =>
                f.ToString(null, CultureInfo.InvariantCulture),
            _ when InterfaceOf(value.GetType(), typeof(IAsyncEnumerable<>)) is { } sequence =>
                $"{Name(sequence)}: its values come with await foreach",
            IEnumerable or ITuple => null,
            _ when IsOfFramework(value.GetType())
                && value.GetType().GetMethod(nameof(ToString), Type.EmptyTypes)?.DeclaringType is { } d && d != typeof(object)
                && d != typeof(ValueType) => value.ToString(),
            object o when o.GetType() == typeof(object) => "System.Object",
            _ => null,
        };

        private static IEnumerable<Type> Ancestors(Type? type)
        {
            for (; type is not null; type = type.BaseType) yield return type;
        }

        private static bool IsOfFramework(Type type) =>
            type.Namespace is { } space && (space == "System" || space.StartsWith("System.", StringComparison.Ordinal));

        private static bool IsTuple(Type type) =>
            type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal)
                || type.FullName.StartsWith("System.Tuple`", StringComparison.Ordinal);

        /// <summary>Whether the author of the type wrote its ToString: not the compiler, which does it for records and types
        /// without a name.</summary>
        private static bool WritesOwnText(Type type) =>
            type.GetMethod(nameof(ToString), Type.EmptyTypes) is { DeclaringType: { } declaring } method
            && declaring != typeof(object) && declaring != typeof(ValueType)
            && declaring.GetCustomAttribute<CompilerGeneratedAttribute>() is null
            && method.GetCustomAttribute<CompilerGeneratedAttribute>() is null;

        private static int? CountOf(IEnumerable items) => items switch
        {
            ICollection collection => collection.Count,
            _ => InterfaceOf(items.GetType(), typeof(IReadOnlyCollection<>))?.GetProperty("Count")?.GetValue(items) as int?,
        };

        /// <summary>Nothing for an interrupt and the like: that is not the value's affair.</summary>
        private static bool IsTheValues(Exception e) => !Surroundings.IsStop(Inner(e)) && Inner(e) is not OutOfMemoryException;

        private static Exception Inner(Exception e) => e is TargetInvocationException { InnerException: { } inner } ? inner : e;

        private static string Failed(Exception e) => $"{Inner(e).GetType().Name}: {Inner(e).Message}";

        private static string? Caught(Func<string?> get)
        {
            try
            {
                return get();
            }
            catch (Exception e) when (IsTheValues(e))
            {
                return Failed(e);
            }
        }

        private static string Cut(string text) =>
            text.Length <= LongestText ? text : $"{text[..LongestText]}… ({text.Length - LongestText:N0} more characters)";

        private static Type? InterfaceOf(Type type, Type definition) =>
            type.GetInterfaces().FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == definition);

        private static string? NameOfSequence(Type type)
        {
            if (!type.Name.Contains('<', StringComparison.Ordinal) && !type.Name.Contains("Iterator", StringComparison.Ordinal))
                return Name(type);
            var items = InterfaceOf(type, typeof(IEnumerable<>));
            return items is null ? "IEnumerable" : Name(items.GetGenericArguments()[0]).Length == 0 ? null : Name(items);
        }

        private static string Name(Type type)
        {
            if (type.IsArray) return $"{Name(type.GetElementType()!)}[]";
            if (Nullable.GetUnderlyingType(type) is { } underlying) return $"{Name(underlying)}?";
            if (type.Name.Contains("AnonymousType", StringComparison.Ordinal)) return "";
            var name = type.Name.Split('`')[0];
            return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
        }
    }
}
