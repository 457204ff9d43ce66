using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// What cells compile against: a chosen list of the assemblies that this process itself runs with, each read once. All are implementation assemblies;
/// mixing them with reference assemblies gives two identities to one type.
/// </summary>
internal sealed class References : MetadataReferenceResolver
{
    // The default resolver reads metadata anew for every submission (884 MB for 200 cells); this one remembers what it read, and what is missing.
    private static readonly ConcurrentDictionary<string, PortableExecutableReference> ByPath = new(StringComparer.Ordinal);

    private static readonly Dictionary<string, string> TrustedPaths = (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .GroupBy(p => Path.GetFileNameWithoutExtension(p)!, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(g => g.Key, g => g.First(), StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Chosen =
    [
        "System.Private.CoreLib", "System.Runtime", "netstandard", "mscorlib", "System", "System.Core",
        "System.Collections", "System.Collections.Concurrent", "System.Collections.Immutable", "System.Console", "System.Linq", "System.Linq.Expressions", "System.Linq.AsyncEnumerable",
        "System.Memory", "System.Net.Http", "System.Net.Primitives", "System.Numerics.Vectors", "System.Runtime.Numerics", "System.Numerics.Tensors", "System.ObjectModel",
        "System.Private.Uri", "System.Runtime.Extensions", "System.Runtime.InteropServices", "System.Runtime.Intrinsics", "System.Runtime.Loader",
        "System.Diagnostics.Process", "System.Diagnostics.StackTrace", "System.Diagnostics.TraceSource", "System.ComponentModel.Primitives", "System.ComponentModel.TypeConverter",
        "System.IO.Compression", "System.IO.FileSystem", "System.Text.Json", "System.Text.RegularExpressions", "System.Text.Encoding.Extensions",
        "System.Threading", "System.Threading.Channels", "System.Threading.Tasks", "System.Threading.Tasks.Parallel", "System.Threading.Thread", "System.Reflection",
        "System.Security.Cryptography", "System.Xml.ReaderWriter", "System.Private.Xml", "System.Private.Xml.Linq", "System.Xml.XDocument", "System.Web.HttpUtility", "Microsoft.CSharp",
        "TorchSharp", "SkiaSharp", "Plotly.NET", "Plotly.NET.CSharp", "FSharp.Core", "DynamicObj",
        "Microsoft.DotNet.Interactive.Formatting", "Microsoft.AspNetCore.Html.Abstractions", "DeepCourse", "DeepCourse.Notebooks",
    ];

    private readonly List<MetadataReference> _all = [.. Chosen.Where(TrustedPaths.ContainsKey).Select(name => Read(TrustedPaths[name]))];

    /// <summary>All references for the next cell.</summary>
    public IReadOnlyList<MetadataReference> All => _all;

    /// <summary>Whether this process itself runs with an assembly of that name.</summary>
    public static bool IsBuiltIn(string assemblyName) => TrustedPaths.ContainsKey(assemblyName);

    /// <summary>Where the assembly of that name lies that this process itself runs with; null when it has none.</summary>
    public static string? BuiltInPath(string assemblyName) => TrustedPaths.GetValueOrDefault(assemblyName);

    /// <summary>Adds a library of the user's for the cells to come.</summary>
    /// <exception cref="BadImageFormatException">The file is no .NET assembly.</exception>
    public void Add(string path)
    {
        using (var stream = File.OpenRead(path))
        using (var image = new PEReader(stream))
            if (!image.HasMetadata) throw new BadImageFormatException($"{path} is not a .NET assembly.");
        var reference = Read(path);
        if (!_all.Contains(reference)) _all.Add(reference);
    }

    public override bool ResolveMissingAssemblies => true;

    public override PortableExecutableReference? ResolveMissingAssembly(MetadataReference definition, AssemblyIdentity referenceIdentity) =>
        TrustedPaths.TryGetValue(referenceIdentity.Name, out var path) ? Read(path) : null;

    // '#r' is dealt with before the compiler sees a cell.
    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties) => [];

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private static PortableExecutableReference Read(string path) => ByPath.GetOrAdd(path, static p =>
    {
        // Only the metadata: MetadataReference.CreateFromFile keeps the whole file in memory, and these hold native code as well.
        var metadata = AssemblyMetadata.Create(ModuleMetadata.CreateFromStream(File.OpenRead(p), PEStreamOptions.PrefetchMetadata));
        var documentation = Path.ChangeExtension(p, ".xml");
        DocumentationProvider? provider = File.Exists(documentation) ? XmlDocumentationProvider.CreateFromFile(documentation) : FrameworkDocumentation.Covers(p) ? FrameworkDocumentation.Instance : null;
        return metadata.GetReference(provider, filePath: p);
    });

    /// <summary>The assembly of the given name among those that this process runs with; loads it if need be.</summary>
    internal static Assembly LoadBuiltIn(string name) => Assembly.Load(new AssemblyName(name));
}
