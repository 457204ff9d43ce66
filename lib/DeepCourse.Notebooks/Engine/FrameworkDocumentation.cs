using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.CodeAnalysis;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// What the .NET SDK says of the framework's types and methods. The runtime's own assemblies have no documentation beside them;
/// that of the SDK's reference pack is searched, 25 MB of text, when somebody asks, and nothing of it is kept but the answers.
/// </summary>
internal sealed class FrameworkDocumentation : DocumentationProvider
{
    private readonly string[] _files;
    private readonly ConcurrentDictionary<string, string> _answers = new(StringComparer.Ordinal);

    private FrameworkDocumentation(string[] files) => _files = files;

    /// <summary>The one of the SDK that this process runs on; without an SDK it knows nothing.</summary>
    public static FrameworkDocumentation Instance { get; } = new(
        Find(Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."))));

    /// <summary>Whether <paramref name="assembly"/> is part of the framework.</summary>
    public static bool Covers(string assembly) =>
        Path.GetDirectoryName(assembly) == Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());

    protected override string? GetDocumentationForSymbol(
        string documentationMemberID,
        CultureInfo preferredCulture,
        CancellationToken cancellationToken = default) =>
        _answers.GetOrAdd(documentationMemberID, id => Search(id, cancellationToken));

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private string Search(string id, CancellationToken cancellation)
    {
        var start = Encoding.UTF8.GetBytes($"<member name=\"{id}\">");
        // Where it most likely stands first: a file is named after the namespace; what is most basic is in System.Runtime.
        foreach (var file in _files.OrderByDescending(f => Path.GetFileNameWithoutExtension(f) is var name
            && id.AsSpan(2).StartsWith(name + ".", StringComparison.Ordinal) ? name.Length : name == "System.Runtime" ? 7 : 0))
        {
            cancellation.ThrowIfCancellationRequested();
            ReadOnlySpan<byte> text = File.ReadAllBytes(file);
            if (text.IndexOf(start) is not (>= 0 and var from)) continue;
            var member = text[from..];
            return Encoding.UTF8.GetString(member[..(member.IndexOf("</member>"u8) + "</member>".Length)]);
        }
        return "";
    }

    private static string[] Find(string dotnet)
    {
        var packs = Path.Combine(dotnet, "packs", "Microsoft.NETCore.App.Ref");
        if (!Directory.Exists(packs)) return [];
        var newest = Directory.EnumerateDirectories(packs)
            .Where(d => Version.TryParse(Path.GetFileName(d), out var version) && version.Major <= Environment.Version.Major)
            .MaxBy(d => Version.Parse(Path.GetFileName(d)));
        return newest is null ? [] : [.. Directory.EnumerateFiles(newest, "*.xml", SearchOption.AllDirectories)];
    }
}
