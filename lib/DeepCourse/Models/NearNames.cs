namespace DeepCourse.Models;

/// <summary>The names that somebody may have meant who wrote another one.</summary>
internal static class NearNames
{
    private const int Most = 5, MostCompared = 20_000, Longest = 200;

    /// <summary>Up to five names or modules near <paramref name="wrong"/>, as "'layer4', 'layer3' or 'fc'".</summary>
    public static string List(string wrong, IEnumerable<string> names)
    {
        var searched = wrong.Trim('*', '.');
        string[] near =
        [
            .. names.SelectMany(WithModules).Distinct(StringComparer.Ordinal).Take(MostCompared)
                .OrderBy(n => Distance(searched, n)).ThenBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal).Take(Most)
                .Select(n => $"'{(n.Length <= Longest ? n : n[..Longest] + "…")}'"),
        ];
        return near switch
        {
            [] => "nothing",
            [var one] => one,
            _ => $"{string.Join(", ", near[..^1])} or {near[^1]}",
        };
    }

    private static IEnumerable<string> WithModules(string name)
    {
        for (var at = name.IndexOf('.'); at >= 0; at = name.IndexOf('.', at + 1)) yield return name[..at];
        yield return name;
    }

    /// <summary>How many characters have to be put in, taken out or changed (Levenshtein 1966).</summary>
    private static int Distance(string a, string b)
    {
        (a, b) = (a[..Math.Min(a.Length, Longest)], b[..Math.Min(b.Length, Longest)]);
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                (diagonal, row[j]) = (row[j], Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1));
            }
        }
        return row[^1];
    }
}
