using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using DeepCourse.Visuals;

namespace DeepCourse.Display;

public sealed class CultureTests
{
    private static readonly string[] Numbers = ["Double", "Single", "Half", "Decimal", "Int16", "Int32", "Int64", "BigInteger",
        "DateTime", "TimeSpan", "DateOnly"];

    // Of them a culture changes the sign alone: sizes and counts have none.
    private static readonly string[] Counts = ["Int16", "Int32", "Int64"];

    /// <summary>A culture in which everything is different, also where the process knows none by name.</summary>
    private static CultureInfo Strange
    {
        get
        {
            var strange = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            var numbers = strange.NumberFormat;
            (numbers.NumberDecimalSeparator, numbers.PercentDecimalSeparator, numbers.CurrencyDecimalSeparator) = (",", ";", "!");
            (numbers.NumberGroupSeparator, numbers.PercentGroupSeparator) = ("_", "~");
            (numbers.NumberGroupSizes, numbers.PercentGroupSizes) = ([2], [2]);
            (numbers.NegativeSign, numbers.PositiveSign, numbers.PercentSymbol) = ("minus", "plus", "of hundred");
            (numbers.NumberNegativePattern, numbers.PercentPositivePattern, numbers.PercentNegativePattern) = (0, 3, 5);
            (numbers.NaNSymbol, numbers.PositiveInfinitySymbol, numbers.NumberDecimalDigits) = ("nothing", "endless", 4);
            numbers.NativeDigits = ["٠", "١", "٢", "٣", "٤", "٥", "٦", "٧", "٨", "٩"];
            (strange.DateTimeFormat.TimeSeparator, strange.DateTimeFormat.DateSeparator) = ("h", "d");
            return strange;
        }
    }

    private static readonly string[] Named = ["de-DE", "tr-TR", "ar-SA", "sv-SE", "fa-IR"];

    private static IEnumerable<CultureInfo> Cultures => CultureInfo.GetCultures(CultureTypes.AllCultures)
        .Where(c => Named.Contains(c.Name))
        .Append(Strange);

    private static T Under<T>(CultureInfo culture, Func<T> what)
    {
        var (before, beforeUi) = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (culture, culture);
        try
        {
            return what();
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (before, beforeUi);
        }
    }

    [Fact]
    public void Every_figure_draws_and_says_the_same_under_any_culture()
    {
        var usual = Under(CultureInfo.InvariantCulture, Seen);
        Assert.All(Cultures, culture =>
        {
            Assert.NotEqual("-1.5", (-1.5).ToString(culture)); // or it would show nothing
            Assert.All(usual.Zip(Under(culture, Seen)), pair => Assert.Equal(pair.First, pair.Second));
        });

        static List<(string Type, string Text, string Html)> Seen() =>
            [.. Gallery.All().Select(f => (f.GetType().Name, f.ToText(), f.ToHtml().ToString()))];
    }

    [Fact]
    public void The_gallery_has_every_public_figure() =>
        Assert.Empty(typeof(Figure).Assembly.GetExportedTypes()
            .Where(t => t.IsSubclassOf(typeof(Figure)) && !t.IsAbstract)
            .Except(Gallery.All().Select(f => f.GetType()))
            .Select(t => t.Name));

    [Fact]
    public void Words_around_the_figures_are_the_same_under_any_culture()
    {
        Assert.Equal(Under(CultureInfo.InvariantCulture, Said), Under(Strange, Said));

        static List<string> Said() =>
        [
            new Vision.Augmentation().Flip(0.25).Rotate(12.5).Erase(0.5, 0.05, 0.2).ColourJitter(0.1).Mixup(10, 0.3).ToString(),
            new Search.Candidate(Search.CnnSpace.All[0], 0.875, 12_345).ToString(),
            Gallery.Training("a", 1).ToCsv(), Gallery.Training("a", 1).Table().ToText(),
            Gallery.Training("a", 1).Last.ToString(),
            Assert.Throws<ArgumentException>(() => Vision.Shapes.Stripes(9, -1.5)).Message,
        ];
    }

    [Fact]
    public void No_code_of_the_library_writes_a_number_by_the_rules_of_its_reader_s_culture()
    {
        using var file = new PEReader(File.OpenRead(typeof(Figure).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var found = new List<string>();
        foreach (var handle in metadata.MemberReferences)
        {
            var member = metadata.GetMemberReference(handle);
            if (member.Parent.Kind != HandleKind.TypeReference || member.GetKind() != MemberReferenceKind.Method) continue;
            var type = metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)member.Parent).Name);
            var method = metadata.GetString(member.Name);
            var parameters = string.Join(", ", member.DecodeMethodSignature(new BareNames(), null).ParameterTypes);
            if ((method == "ToString" && Numbers.Contains(type) && parameters is "" or "String")
                || (type == "String" && method == "Format" && !parameters.StartsWith("IFormatProvider", StringComparison.Ordinal))
                || (type == "String" && method == "Concat" && parameters.Contains("Object", StringComparison.Ordinal))
                || (type == "StringBuilder" && method == "Append" && Numbers.Contains(parameters))
                || (type == "DefaultInterpolatedStringHandler" && method == ".ctor" && parameters == "Int32, Int32"))
                found.Add($"{type}.{method}({parameters})");
        }
        for (var i = 1; i <= MetadataReaderExtensions.GetTableRowCount(metadata, TableIndex.MethodSpec); i++)
        {
            var made = metadata.GetMethodSpecification(MetadataTokens.MethodSpecificationHandle(i));
            if (made.Method.Kind != HandleKind.MemberReference) continue;
            var method = metadata.GetString(metadata.GetMemberReference((MemberReferenceHandle)made.Method).Name);
            var of = made.DecodeSignature(new BareNames(), null)[0];
            if (method is "Join" or "AppendJoin" && Numbers.Contains(of) && !Counts.Contains(of)) found.Add($"{method}<{of}>");
        }
        // A number's ToString() where none is written: "text" + number, and the texts of records.
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0) continue;
            var code = file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
            for (var i = 0; i + 11 <= code.Length; i++)
            {
                if (code[i] != 0xFE || code[i + 1] != 0x16 || code[i + 6] != 0x6F) continue; // constrained. type callvirt method
                var (type, called) = (Handle(code, i + 2), Handle(code, i + 7));
                if (type.Kind != HandleKind.TypeReference || called.Kind != HandleKind.MemberReference
                    || metadata.GetString(metadata.GetMemberReference((MemberReferenceHandle)called).Name) != "ToString")
                    continue;
                var number = metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)type).Name);
                var owner = metadata.GetString(metadata.GetTypeDefinition(method.GetDeclaringType()).Name);
                if (Numbers.Contains(number) && !Counts.Contains(number) && !IsUnseen(metadata, method))
                    found.Add($"{owner}.{metadata.GetString(method.Name)} writes a {number}");
            }
        }
        Assert.True(found.Count == 0, string.Join("; ", found));
    }

    /// <summary>Whether it is what the compiler gave a record that has a text of its own, or that nobody outside sees.</summary>
    private static bool IsUnseen(MetadataReader metadata, MethodDefinition method)
    {
        var type = metadata.GetTypeDefinition(method.GetDeclaringType());
        return metadata.GetString(method.Name) == "PrintMembers"
            && ((type.Attributes & TypeAttributes.VisibilityMask) is not (TypeAttributes.Public or TypeAttributes.NestedPublic)
                || type.GetMethods()
                    .Select(metadata.GetMethodDefinition)
                    .First(m => metadata.GetString(m.Name) == "ToString")
                    .GetCustomAttributes()
                    .Count == 0);
    }

    private static EntityHandle Handle(byte[] code, int at) =>
        (EntityHandle)MetadataTokens.Handle(BitConverter.ToInt32(code, at));

    /// <summary>Types by their bare names.</summary>
    private sealed class BareNames : ISignatureTypeProvider<string, object?>
    {
        public string GetArrayType(string elementType, ArrayShape shape) => elementType + "[,]";
        public string GetByReferenceType(string elementType) => elementType;
        public string GetFunctionPointerType(MethodSignature<string> signature) => "function";
        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
            $"{genericType}<{string.Join(',', typeArguments)}>";
        public string GetGenericMethodParameter(object? genericContext, int index) => $"T{index}";
        public string GetGenericTypeParameter(object? genericContext, int index) => $"T{index}";
        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => unmodifiedType;
        public string GetPinnedType(string elementType) => elementType;
        public string GetPointerType(string elementType) => elementType + "*";
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();
        public string GetSZArrayType(string elementType) => elementType + "[]";
        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeDefinition(handle).Name);
        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            reader.GetString(reader.GetTypeReference(handle).Name);
        public string GetTypeFromSpecification(
            MetadataReader reader,
            object? genericContext,
            TypeSpecificationHandle handle,
            byte rawTypeKind) => "?";
    }
}
