using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;
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

    /// <summary>
    /// All references for the next cell. As few as cells commonly need: the compiler goes through all of them for every cell, and with those that these refer
    /// to in their turn (150) it takes half as long again.
    /// </summary>
    public ImmutableArray<MetadataReference> All { get; private set; } = [.. Chosen.Where(TrustedPaths.ContainsKey).Select(name => Read(TrustedPaths[name]))];

    /// <summary>These, and the rest of what this process runs with: where the name may come from that a cell uses and nothing in <see cref="All"/> has.</summary>
    public ImmutableArray<MetadataReference> Everything => [.. All.Union(TrustedPaths.Values.Select(Read))];

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
        Add([Read(path)]);
    }

    /// <summary>Adds references for the cells to come, those of <see cref="Everything"/> that turned out to be needed.</summary>
    public void Add(IEnumerable<MetadataReference> references) => All = [.. All.Union(references)];

    // '#r' is dealt with before the compiler sees a cell.
    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties) => [];

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private static PortableExecutableReference Read(string path) => ByPath.GetOrAdd(path, static p =>
    {
        var metadata = AssemblyMetadata.Create(TrustedPaths.ContainsValue(p) ? Map(p) : Copy(p));
        var documentation = Path.ChangeExtension(p, ".xml");
        DocumentationProvider? provider = File.Exists(documentation) ? XmlDocumentationProvider.CreateFromFile(documentation) : FrameworkDocumentation.Covers(p) ? FrameworkDocumentation.Instance : null;
        return metadata.GetReference(provider, filePath: p);
    });

    /// <summary>
    /// A file of the user's, copied, since it may be built anew while we have it. Only the metadata: <c>MetadataReference.CreateFromFile</c> keeps all of it.
    /// </summary>
    private static ModuleMetadata Copy(string path) => ModuleMetadata.CreateFromStream(File.OpenRead(path), PEStreamOptions.PrefetchMetadata);

    /// <summary>A file that this process runs with, mapped for as long as it lives: the compiler looks at a small part of these.</summary>
    private static unsafe ModuleMetadata Map(string path)
    {
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        return ModuleMetadata.CreateFromImage((nint)start, (int)new FileInfo(path).Length);
    }

    /// <summary>The assembly of the given name among those that this process runs with; loads it if need be.</summary>
    internal static Assembly LoadBuiltIn(string name) => Assembly.Load(new AssemblyName(name));
}
