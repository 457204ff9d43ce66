using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;
using System.Reflection.PortableExecutable;
using Microsoft.CodeAnalysis;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// What cells compile against: a chosen list of the assemblies that this process itself runs with, and all that these refer to,
/// each read once. All are implementation assemblies; mixing them with reference assemblies gives two identities to one type. So
/// does an assembly whose references are not all there: the compiler makes another symbol of it when one is added later, and a
/// tensor is no tensor any more.
/// </summary>
internal sealed class References : MetadataReferenceResolver
{
    // The default resolver reads metadata anew for every submission (884 MB for 200 cells); this one remembers what it read, and
    // what is missing.
    private static readonly ConcurrentDictionary<string, PortableExecutableReference> ByPath = new(StringComparer.Ordinal);

    private static readonly string[] Chosen =
    [
        "System.Private.CoreLib", "System.Runtime", "netstandard", "mscorlib", "System", "System.Core",
        "System.Collections", "System.Collections.Concurrent", "System.Collections.Immutable", "System.Console", "System.Linq",
        "System.Linq.Expressions", "System.Linq.AsyncEnumerable",
        "System.Memory", "System.Net.Http", "System.Net.Primitives", "System.Numerics.Vectors", "System.Runtime.Numerics",
        "System.Numerics.Tensors", "System.ObjectModel",
        "System.Private.Uri", "System.Runtime.Extensions", "System.Runtime.InteropServices", "System.Runtime.Intrinsics",
        "System.Runtime.Loader",
        "System.Diagnostics.Process", "System.Diagnostics.StackTrace", "System.Diagnostics.TraceSource",
        "System.ComponentModel.Primitives", "System.ComponentModel.TypeConverter",
        "System.IO.Compression", "System.IO.FileSystem", "System.Text.Json", "System.Text.RegularExpressions",
        "System.Text.Encoding.Extensions",
        "System.Threading", "System.Threading.Channels", "System.Threading.Tasks", "System.Threading.Tasks.Parallel",
        "System.Threading.Thread", "System.Reflection",
        "System.Security.Cryptography", "System.Xml.ReaderWriter", "System.Private.Xml", "System.Private.Xml.Linq",
        "System.Xml.XDocument", "System.Web.HttpUtility", "Microsoft.CSharp",
        "TorchSharp", "SkiaSharp", "Plotly.NET", "Plotly.NET.CSharp", "FSharp.Core", "DynamicObj",
        "Microsoft.DotNet.Interactive.Formatting", "Microsoft.AspNetCore.Html.Abstractions", "DeepCourse", "DeepCourse.Notebooks",
    ];

    private readonly Libraries _libraries;
    private readonly Dictionary<string, PortableExecutableReference> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The chosen ones.</summary>
    /// <param name="libraries">Where the assembly of a name lies.</param>
    public References(Libraries libraries)
    {
        _libraries = libraries;
        AddWithClosure(Chosen.Where(name => Libraries.BuiltInPath(name) is not null));
        All = [.. _byName.Values];
    }

    /// <summary>All references for the next cell: with each one all that it refers to. A cell costs half as much again as with
    /// the chosen ones alone.</summary>
    public ImmutableArray<MetadataReference> All { get; private set; }

    /// <summary>These, and the rest of what this process runs with: where the name may come from that a cell uses and nothing in
    /// <see cref="All"/> has.</summary>
    public ImmutableArray<MetadataReference> Everything =>
        [.. All.Union(Libraries.BuiltInNames.Where(n => !_byName.ContainsKey(n)).Select(n => Read(_libraries.Find(n)!)))];

    /// <summary>Adds assemblies for the cells to come, and what they refer to. One that took another's place in
    /// <see cref="Libraries"/> takes it here, too.</summary>
    public void Add(IEnumerable<string> names)
    {
        foreach (var (name, reference) in _byName.ToList())
            if (_libraries.Find(name) is { } path && path != reference.FilePath) _byName[name] = Read(path);
        AddWithClosure(names);
        All = [.. _byName.Values];
    }

    /// <summary>Adds references for the cells to come, those of <see cref="Everything"/> that turned out to be needed.</summary>
    public void Add(IEnumerable<MetadataReference> references) =>
        Add(references.OfType<PortableExecutableReference>().Select(r => Path.GetFileNameWithoutExtension(r.FilePath!)));

    // '#r' is dealt with before the compiler sees a cell.
    public override ImmutableArray<PortableExecutableReference> ResolveReference(
        string reference,
        string? baseFilePath,
        MetadataReferenceProperties properties) => [];

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    private void AddWithClosure(IEnumerable<string> names)
    {
        var waiting = new Queue<string>(names);
        while (waiting.TryDequeue(out var name))
        {
            if (_byName.ContainsKey(name) || _libraries.Find(name) is not { } path) continue;
            var reference = Read(path);
            _byName[name] = reference;
            var metadata = ((AssemblyMetadata)reference.GetMetadata()).GetModules()[0].GetMetadataReader();
            foreach (var handle in metadata.AssemblyReferences)
                waiting.Enqueue(metadata.GetString(metadata.GetAssemblyReference(handle).Name));
        }
    }

    private static PortableExecutableReference Read(string path) => ByPath.GetOrAdd(path, static p =>
    {
        var metadata = AssemblyMetadata.Create(Libraries.IsBuiltInPath(p) ? Map(p) : Copy(p));
        var documentation = Path.ChangeExtension(p, ".xml");
        DocumentationProvider? provider = File.Exists(documentation)
            ? XmlDocumentationProvider.CreateFromFile(documentation)
            : FrameworkDocumentation.Covers(p) ? FrameworkDocumentation.Instance
            : null;
        return metadata.GetReference(provider, filePath: p);
    });

    /// <summary>
    /// A file of the user's, copied, since it may be built anew while we have it. Only the metadata:
    /// <c>MetadataReference.CreateFromFile</c> keeps all of it.
    /// </summary>
    private static ModuleMetadata Copy(string path) =>
        ModuleMetadata.CreateFromStream(File.OpenRead(path), PEStreamOptions.PrefetchMetadata);

    /// <summary>A file that this process runs with, mapped for as long as it lives: the compiler looks at a small part of
    /// these.</summary>
    private static unsafe ModuleMetadata Map(string path)
    {
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        var view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        return ModuleMetadata.CreateFromImage((nint)start, (int)new FileInfo(path).Length);
    }
}
