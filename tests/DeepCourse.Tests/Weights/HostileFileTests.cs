using System.IO.Compression;
using System.Text;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>Files that were made to take the process's stack, memory or time.</summary>
public sealed class HostileFileTests
{
    private const string Storage = "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\u00000X\u0003\0\0\0cpuK\u0004tQ";

    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n(" + Storage + "K\0(K\u0004t(K\u0001t\u0089NtR";

    private static string Key(string name) => $"X{(char)name.Length}\0\0\0{name}";

    [Fact]
    public void A_state_dict_that_holds_itself_is_read_no_deeper()
    {
        // {"state_dict": itself}
        Assert.Contains("holds no tensors", Refuse($"}}q\0{Key("state_dict")}h\0s."), StringComparison.Ordinal);
        // {"state_dict": {"model": the first}, ...}
        Assert.Contains("holds no tensors", Refuse($"}}q\0{Key("state_dict")}}}{Key("model")}h\0ss."), StringComparison.Ordinal);
        // With a tensor, and a way around it through a list and a tuple.
        Assert.Equal(["w"], Open($"}}q\0{Key("w")}{Tensor}s{Key("list")}]h\0as{Key("tuple")}h\0\u0085s."));
        Assert.Contains("nested more than", Refuse($"}}q\0{Key("w")}{Tensor}s{Key("again")}h\0s."), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("]", "a")] // lists in lists
    [InlineData("}X\u0001\0\0\0a", "s")] // dictionaries in dictionaries
    [InlineData("(", "t")] // tuples in tuples
    public void A_hundred_thousand_levels_end_in_words(string open, string close)
    {
        var deep = new StringBuilder();
        for (var i = 0; i < 100_000; i++) deep.Append(open);
        deep.Append('N');
        for (var i = 0; i < 100_000; i++) deep.Append(close);
        Refuse(deep + ".");
        Assert.Equal(["w"], Open($"}}{Key("note")}{deep}s{Key("w")}{Tensor}s."));
        Refuse($"}}{Key("state_dict")}{deep}s.");
    }

    [Fact]
    public void Dictionaries_that_hold_each_other_many_times_have_no_end_of_names()
    {
        // Ten names for each of nine levels: a thousand million names.
        var laughs = new StringBuilder($"}}{Key("w")}{Tensor}sq\0");
        for (var level = 1; level < 10; level++)
        {
            laughs.Append("}(");
            for (var i = 0; i < 10; i++) laughs.Append(Key($"k{i}")).Append('h').Append((char)(level - 1));
            laughs.Append('u').Append('q').Append((char)level);
        }
        Assert.Contains("names", Refuse(laughs + "."), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ccollections\nOrderedDict\nq\u0001", "h\u0001h\0\u0085R0")] // a dictionary of the list's pairs
    [InlineData("(q\u0001", "0h\0")]
    public void A_long_list_that_is_used_again_and_again_has_a_budget(string before, string again)
    {
        var pickle = new StringBuilder("](");
        for (var i = 0; i < 10_000; i++) pickle.Append("KaKb\u0086");
        pickle.Append("eq\0").Append(before);
        for (var i = 0; i < 10_000; i++) pickle.Append(again);
        var path = Write(pickle + ".");
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<WeightsException>(() => WeightsFile.Open(path).Dispose());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 40_000_000);
    }

    [Fact]
    public void Names_do_not_grow_by_being_put_together()
    {
        var text = new string('x', 100_000);
        var pickle = $"X{(char)(100_000 & 255)}{(char)(100_000 >> 8 & 255)}{(char)(100_000 >> 16)}\0{text}q\0h\0h\0\u0093.";
        Assert.Contains("a name of 200,001 characters", Refuse(pickle), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("torch", "ComplexHalfStorage")]
    [InlineData("torch", "Float8_e5m2Storage")]
    [InlineData("torch.storage", "UntypedStorage")]
    [InlineData("somebody", "Storage")]
    public void A_tensor_of_an_unknown_type_is_passed_over(string module, string name)
    {
        var other = Tensor.Replace("torch\nFloatStorage", $"{module}\n{name}", StringComparison.Ordinal)
            .Replace("\u00000X", "\u00001X", StringComparison.Ordinal);
        var content = Archive(("a/data.pkl", Bytes($"}}{Key("w")}{Tensor}s{Key("x")}{other}s.")), ("a/data/0", new byte[16]),
            ("a/data/1", new byte[5]));
        using var file = WeightsFile.Open(Write(content));
        Assert.Equal(["w"], file.Tensors.Keys);
        Assert.Equal($"a tensor of {name.Replace("Storage", "", StringComparison.Ordinal)}", file.Unreadable["x"]);
    }

    [Fact]
    public void A_tensor_of_many_dimensions_is_refused()
    {
        var sizes = string.Concat(Enumerable.Repeat("K\u0001", 65));
        Assert.Contains("dimensions",
            Refuse($"ctorch._utils\n_rebuild_tensor_v2\n({Storage}K\0({sizes}t(t\u0089NtR."), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("os", "popen")]
    [InlineData("subprocess", "Popen")]
    [InlineData("builtins", "exec")]
    [InlineData("builtins", "__import__")]
    [InlineData("importlib", "import_module")]
    [InlineData("webbrowser", "open")]
    [InlineData("torch.utils.cpp_extension", "load_inline")]
    public void A_pickle_that_wants_to_run_something_is_refused_wherever_that_stands(string module, string name)
    {
        var message = Refuse($"}}{Key("w")}{Tensor}s{Key("x")}c{module}\n{name}\n({Key("true")}tRs.");
        Assert.Contains($"wants to use '{module}.{name}'", message, StringComparison.Ordinal);
        Assert.Contains("somebody you trust", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_cut_while_it_is_open_ends_in_words()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.safetensors");
        using var weights = zeros(1_000_000);
        Safetensors.Write(path, new Dictionary<string, Tensor> { ["w"] = weights });
        using var file = WeightsFile.Open(path);
        var length = new FileInfo(path).Length;
        using (var other = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) other.SetLength(1_000_000);
        var message = Assert.Throws<WeightsException>(() => file.Tensors["w"].Read().Dispose()).Message;
        Assert.Contains($"ended while it was read: 1,000,000 of {length:N0} bytes", message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_archive_s_directory_that_claims_too_much_is_refused()
    {
        var whole = Archive(("a/data.pkl", Bytes("}.")), ("a/data/0", new byte[16]));
        var end = whole.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        var many = whole.ToArray();
        many.AsSpan(end + 8, 4).Fill(0xFE);
        Assert.Contains("damaged", Refuse(many), StringComparison.Ordinal);
        var directory = whole.AsSpan().IndexOf("PK\u0001\u0002"u8);
        var large = whole.ToArray();
        large.AsSpan(directory + 20, 8).Fill(0x7F);
        Assert.Contains("truncated", Refuse(large), StringComparison.Ordinal);
    }

    [Fact]
    public void A_safetensors_header_has_a_budget()
    {
        const string entry = """{"dtype":"F32","shape":[0],"data_offsets":[0,0]}""";
        var ones = string.Join(',', Enumerable.Repeat(1, 100_000));
        Assert.Contains("a list of 100,000 numbers",
            Refuse(Header("{\"a\":" + entry.Replace("[0]", $"[{ones}]", StringComparison.Ordinal) + "}")),
            StringComparison.Ordinal);
        Assert.Contains("a name of 10,000 characters", Refuse(Header($"{{\"{new string('a', 10_000)}\":{entry}}}")),
            StringComparison.Ordinal);
        Assert.Contains("header is damaged",
            Refuse(Header("{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}")), StringComparison.Ordinal);
        Assert.Contains("its header has 40,000,000 bytes", Refuse(Header("{" + new string(' ', 39_999_998) + "}")),
            StringComparison.Ordinal);
        var entries = string.Join(',', Enumerable.Range(0, 200_001).Select(i => $"\"{i}\":{entry}"));
        Assert.Contains("more than 200,000 tensors", Refuse(Header($"{{{entries}}}")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_is_told_as_one() =>
        Assert.Contains("is a folder", Assert.Throws<WeightsException>(() => WeightsFile.Open(Path.GetTempPath())).Message,
            StringComparison.Ordinal);

    private static byte[] Header(string json) =>
        [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(json)), .. Encoding.UTF8.GetBytes(json)];

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static string[] Open(string pickle)
    {
        using var file = WeightsFile.Open(Write(pickle));
        return [.. file.Tensors.Keys.Order(StringComparer.Ordinal)];
    }

    private static string Refuse(string pickle) => Refuse(Archive(("a/data.pkl", Bytes(pickle)), ("a/data/0", new byte[16])));

    private static string Refuse(byte[] content)
    {
        var path = Write(content);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var message = Assert.Throws<WeightsException>(() => WeightsFile.Open(path).Dispose()).Message;
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        Assert.InRange(message.Length, 20, 2000);
        File.Delete(path);
        return message;
    }

    private static string Write(string pickle) => Write(Archive(("a/data.pkl", Bytes(pickle)), ("a/data/0", new byte[16])));

    private static string Write(byte[] content)
    {
        var path = Path.Combine(Path.GetTempPath(), $"hostile-{Guid.NewGuid():N}.pth");
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] Archive(params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        return stream.ToArray();
    }
}
