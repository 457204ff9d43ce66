namespace DeepCourse.Models;

/// <summary>
/// Patterns of weights' names: <c>*</c> stands for any characters, dots as well; a name without one, such as "layer4", means the
/// weight of that name or all below the module of that name. Upper and lower case differ.
/// </summary>
internal static class NamePattern
{
    /// <summary>Whether <paramref name="name"/>, such as "layer4.0.conv1.weight", is one that the pattern means.</summary>
    public static bool Matches(string pattern, string name)
    {
        if (!pattern.Contains('*', StringComparison.Ordinal))
            return name.StartsWith(pattern, StringComparison.Ordinal)
                && (name.Length == pattern.Length || (pattern.Length > 0 && name[pattern.Length] == '.'));
        // Where a mismatch comes, the last star takes one character more: no more than pattern × name steps.
        var (at, star, taken) = (0, -1, 0);
        for (var i = 0; i < name.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*') (star, taken, at) = (at, i, at + 1);
            else if (at < pattern.Length && pattern[at] == name[i]) (i, at) = (i + 1, at + 1);
            else if (star >= 0) (at, i) = (star + 1, ++taken);
            else return false;
        }
        return pattern.AsSpan(at).Trim('*').IsEmpty;
    }
}
