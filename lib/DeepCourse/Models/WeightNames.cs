using DeepCourse.Weights;

namespace DeepCourse.Models;

/// <summary>
/// Which weights of a file go where: the file's names lose a prefix and are renamed, and what then is meant is chosen by patterns
/// (<see cref="NamePattern"/>). Whatever means nothing at all is an error that tells what there is.
/// </summary>
internal sealed class WeightNames(string? only, string? except, string? prefix, Func<string, string?>? rename)
{
    private readonly string[]? _only = Patterns(only, nameof(only));
    private readonly string[] _except = Patterns(except, nameof(except)) ?? [];
    // "encoder" is meant as "encoder.": names are parted by dots.
    private readonly string? _prefix = prefix is null or "" || prefix.EndsWith('.') ? prefix : prefix + ".";

    /// <summary>Whether the network's weight of that name is meant.</summary>
    public bool AreMeant(string name) => (_only?.Any(p => NamePattern.Matches(p, name)) ?? true)
        && !_except.Any(p => NamePattern.Matches(p, name));

    /// <summary>The file's entries under the network's names.</summary>
    /// <exception cref="WeightsException">Two get one name.</exception>
    public Dictionary<string, T> InNetwork<T>(IReadOnlyDictionary<string, T> entries)
    {
        var named = new Dictionary<string, T>(StringComparer.Ordinal);
        var origins = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in entries)
        {
            if (!name.StartsWith(_prefix ?? "", StringComparison.Ordinal)) continue;
            var rest = name[(_prefix?.Length ?? 0)..];
            var renamed = rename is null ? rest : rename(rest);
            if (renamed is null) continue;
            if (!named.TryAdd(renamed, value))
                throw new WeightsException(
                    $"'{origins[renamed]}' and '{name}' would both be loaded as '{renamed}'. Rename them apart, or return null "
                        + "for the one that is to be left aside.");
            origins[renamed] = name;
        }
        return named;
    }

    /// <summary>Refuses a prefix or a pattern that means nothing.</summary>
    /// <param name="network">The network's names.</param>
    /// <param name="file">The file's names.</param>
    /// <param name="named">What they became.</param>
    /// <exception cref="WeightsException">There is one.</exception>
    public void Check(IEnumerable<string> network, IEnumerable<string> file, IEnumerable<string> named)
    {
        if (_prefix is not null && !file.Any(n => n.StartsWith(_prefix, StringComparison.Ordinal)))
            throw new WeightsException(
                $"No name in the file begins with '{_prefix}'. There is {NearNames.List(_prefix, file)}.");
        foreach (var pattern in _only ?? []) Check(pattern, nameof(only));
        foreach (var pattern in _except) Check(pattern, nameof(except));

        void Check(string pattern, string parameter)
        {
            if (network.Any(n => NamePattern.Matches(pattern, n))) return;
            // What only the file has can be left out, and not be loaded.
            if (parameter == nameof(except) && named.Any(n => NamePattern.Matches(pattern, n))) return;
            throw new WeightsException(
                $"{parameter}: the network has no weight that '{pattern}' means. There is {NearNames.List(pattern, network)}.");
        }
    }

    /// <summary>What helps when only prefixes differ; null when they are not the reason.</summary>
    public static string? Hint(IEnumerable<string> network, IEnumerable<string> file)
    {
        var (ours, theirs) = (network.ToHashSet(StringComparer.Ordinal), file.ToList());
        if (theirs.Count == 0 || ours.Count == 0) return null;
        var fits = theirs.Count(ours.Contains);
        var prefixes = theirs.SelectMany(n => Prefixes(n)).Distinct(StringComparer.Ordinal).Take(200)
            .Select(p => (Prefix: p, Fits: Count(theirs, p, ours)))
            .DefaultIfEmpty().MaxBy(p => p.Fits);
        if (prefixes.Fits > fits && prefixes.Fits * 2 > Math.Min(ours.Count, theirs.Count))
            return $"The file's names begin with '{prefixes.Prefix}', the network's do not: load it with prefix: "
                + $"\"{prefixes.Prefix}\".";
        var inFile = theirs.ToHashSet(StringComparer.Ordinal);
        var more = ours.SelectMany(n => Prefixes(n)).Distinct(StringComparer.Ordinal).Take(200)
            .Select(p => (Prefix: p, Fits: Count(ours, p, inFile)))
            .DefaultIfEmpty().MaxBy(p => p.Fits);
        return more.Fits > fits && more.Fits * 2 > Math.Min(ours.Count, theirs.Count)
            ? $"The network's names begin with '{more.Prefix}', the file's do not: load it with rename: name => "
                + $"\"{more.Prefix}\" + name."
            : null;

        static int Count(IEnumerable<string> names, string prefix, HashSet<string> others) =>
            names.Count(n => n.StartsWith(prefix, StringComparison.Ordinal) && others.Contains(n[prefix.Length..]));
    }

    /// <summary>"a.", "a.b." of "a.b.weight", at most four.</summary>
    private static IEnumerable<string> Prefixes(string name)
    {
        var at = -1;
        for (var i = 0; i < 4 && (at = name.IndexOf('.', at + 1)) >= 0; i++) yield return name[..(at + 1)];
    }

    private static string[]? Patterns(string? list, string parameter) => list is null ? null
        : list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } patterns
            ? patterns
            : throw new ArgumentException("Give a pattern such as \"layer4\" or \"*.bias\", or leave it out.", parameter);
}
