namespace Microsoft.CodeAnalysis;

/// <summary>Hides a type from the compilers of all other assemblies, friends included.</summary>
[AttributeUsage(AttributeTargets.All)]
internal sealed partial class EmbeddedAttribute : Attribute;
