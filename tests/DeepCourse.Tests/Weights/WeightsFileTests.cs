using System.IO.Compression;
using System.Text;
using CsCheck;
using DeepCourse.Models;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

public sealed class WeightsFileTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Weights", "files");

    [Theory]
    [InlineData("new.pth")]
    [InlineData("old.pth")]
    [InlineData("checkpoint.pth")]
    public void What_PyTorch_saved_is_read(string name)
    {
        using var scope = NewDisposeScope();
        using var file = WeightsFile.Open(Path.Combine(Folder, name));
        var t = file.Tensors.ToDictionary(e => e.Key, e => e.Value.Read());
        Assert.Equal(12, t.Count);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (float)i), t["plain"].data<float>());
        Assert.Equal([3, 4], t["plain"].shape);
        Assert.Equal([4f, 5, 6, 7], t["shared"].data<float>());
        Assert.Equal([0f, 3, 1, 4, 2, 5], t["transposed"].data<float>());
        Assert.Equal([3, 2], t["transposed"].shape);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), t["channels_last"].data<float>());
        Assert.Equal((ScalarType.Float16, ScalarType.BFloat16), (t["half"].dtype, t["bfloat"].dtype));
        Assert.Equal([1.5f, -2], t["half"].to(float32).data<float>());
        Assert.Equal([1.5f, -2], t["bfloat"].to(float32).data<float>());
        Assert.Equal(0.1, t["double"].item<double>());
        Assert.Equal((7L, 0), (t["count"].item<long>(), t["count"].ndim));
        Assert.Equal([true, false], t["flags"].data<bool>());
        Assert.Equal([0, 255], t["bytes"].data<byte>().ToArray());
        Assert.Equal([0, 3], t["empty"].shape);
        Assert.Equal(3, t["parameter"].item<float>());
    }

    [Fact]
    public void The_files_of_today_s_PyTorch_are_those_that_are_tested()
    {
        Peer.Torch.Require();
        var folder = Directory.CreateTempSubdirectory().FullName;
        Peer.Torch.Run([Path.Combine(AppContext.BaseDirectory, "Weights", "weights.py"), folder]);
        foreach (var name in new[] { "new.pth", "old.pth", "checkpoint.pth" })
        {
            using var scope = NewDisposeScope();
            using var stored = WeightsFile.Open(Path.Combine(Folder, name));
            using var fresh = WeightsFile.Open(Path.Combine(folder, name));
            Assert.Equal(stored.Tensors.Select(t => (t.Key, t.Value.Describe())),
                fresh.Tensors.Select(t => (t.Key, t.Value.Describe())));
            Assert.All(stored.Tensors,
                t => Assert.True(t.Value.Read().equal(fresh.Tensors[t.Key].Read()).all().item<bool>(), t.Key));
        }
    }

    [Theory]
    [InlineData("module.pth", "class or function torch.nn.modules.linear.Linear", "torch.save(model.state_dict(), path)")]
    [InlineData("script.pth", "holds a program (TorchScript)", "torch.jit.load")]
    [InlineData("tensor.pth", "holds one tensor without names", "state_dict")]
    [InlineData("weights.py", "neither .pth nor .safetensors", "download it again")]
    [InlineData("nothing.pth", "There is no file", "")]
    public void What_is_no_file_of_weights_is_refused_in_words(string name, string expected, string wayOut)
    {
        var message = Refuse(name == "weights.py" ? Path.Combine(Folder, "..", name) : Path.Combine(Folder, name));
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains(wayOut, message, StringComparison.Ordinal);
    }

    /// <summary>What a pickle must not do, each as the bytes of a pickle.</summary>
    [Theory]
    [InlineData("cos\nsystem\n(S'true'\ntR.", "os.system")]
    [InlineData("c__builtin__\neval\n.", "__builtin__.eval")]
    [InlineData("ctorch.hub\nload\n.", "torch.hub.load")]
    [InlineData("}q\0h\0h\0s.", "holds no tensors")] // a dictionary that holds itself
    [InlineData("]q\0h\0a.", "without names")]
    [InlineData("(.", "stack is empty")]
    [InlineData("h\a.", "near byte")]
    [InlineData("X\xff\xff\xff\x7f.", "a text of")]
    [InlineData("\u0080\u0002", "ends in the middle")]
    [InlineData("P1\n.", "instruction 0x50")]
    [InlineData("\u0080\u0063.", "pickle protocol 99")]
    [InlineData("}(K\u0001u.", "without a value")]
    [InlineData("ccollections\nOrderedDict\n(K\u0001tR.", "with arguments")]
    public void A_hostile_pickle_is_refused(string pickle, string expected) =>
    Assert.Contains(expected, Refuse(Write(Archive(("a/data.pkl", Bytes(pickle))))), StringComparison.Ordinal);

    [Fact]
    public void Hostile_tensors_are_refused()
    {
        static string Tensor(string offset, string size, string stride, string count = "K\u0004") =>
            "ccollections\nOrderedDict\n)R(X\u0001\0\0\0w"
            + "ctorch._utils\n_rebuild_tensor_v2\n(((X\a\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\u00000X\u0003\0\0\0cpu"
            + count + "tQ"
            + $"{offset}({size}t({stride}t\u0089ccollections\nOrderedDict\n)RtRu.";
        string Open(string pickle) =>
            Refuse(
                Write(
                    Archive(("a/data.pkl", Bytes(pickle.Replace("(((", "((", StringComparison.Ordinal))),
                        ("a/data/0", new byte[16]))));
        using (var fine = WeightsFile.Open(
            Write(
                Archive(("a/data.pkl", Bytes(Tensor("K\0", "K\u0004", "K\u0001").Replace("(((", "((", StringComparison.Ordinal))),
                    ("a/data/0", new byte[16])))))
            Assert.Equal([4], fine.Tensors["w"].Shape);
        // begins too late
        Assert.Contains("does not fit", Open(Tensor("K\u0001", "K\u0004", "K\u0001")), StringComparison.Ordinal);
        // before its storage
        Assert.Contains("does not fit", Open(Tensor("J\xff\xff\xff\xff", "K\u0004", "K\u0001")), StringComparison.Ordinal);
        // overflows
        Assert.Contains("does not fit",
            Open(
                Tensor("K\0", "J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f",
                    "J\xff\xff\xff\x7fJ\xff\xff\xff\x7fJ\xff\xff\xff\x7f")), StringComparison.Ordinal);
        // runs backwards
        Assert.Contains("does not fit", Open(Tensor("K\0", "K\u0004", "J\xfe\xff\xff\xff")), StringComparison.Ordinal);
        Assert.Contains("elements of Float32 were saved", Open(Tensor("K\0", "K\u0004", "K\u0001", "J\xff\xff\xff\x7f")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_archives_are_refused()
    {
        var pickle = ("a/data.pkl", Bytes("ccollections\nOrderedDict\n)R."));
        Assert.Contains("compressed",
            Refuse(Write(Archive(CompressionLevel.Optimal, pickle, ("a/data/0", new byte[10_000_000])))),
            StringComparison.Ordinal);
        Assert.Contains("leads out of the archive", Refuse(Write(Archive(pickle, ("../../x", [1])))), StringComparison.Ordinal);
        Assert.Contains("two entries", Refuse(Write(Archive(pickle, pickle))), StringComparison.Ordinal);
        Assert.Contains("no data.pkl", Refuse(Write(Archive(("b.txt", [1])))), StringComparison.Ordinal);
        var whole = Archive(pickle, ("a/data/0", new byte[1000]));
        Assert.Contains("truncated", Refuse(Write(whole[..^30])), StringComparison.Ordinal);
        // The directory says that the second entry lies where the first one does.
        var directory = whole.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        var overlapping = whole.ToArray();
        overlapping.AsSpan(directory + 42, 4).Clear();
        Assert.Contains("shares bytes", Refuse(Write(overlapping)), StringComparison.Ordinal);
        var damaged = whole.ToArray();
        damaged[60] ^= 1;
        Assert.Contains("checksum", Refuse(Write(damaged)), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_with_damage_anywhere_end_in_words_or_are_read()
    {
        foreach (var name in new[] { "new.pth", "old.pth" })
        {
            var whole = File.ReadAllBytes(Path.Combine(Folder, name));
            Gen.Select(Gen.Int[0, whole.Length - 1].Array[1, 8], Gen.Byte.Array[8], Gen.Int[0, whole.Length])
                .Sample((places, values, end) =>
            {
                var damaged = whole.ToArray();
                for (var i = 0; i < places.Length; i++) damaged[places[i]] = values[i];
                if (values[0] < 64) damaged = damaged[..end];
                ReadOrRefuse(damaged);
            }, iter: 2000, threads: 1);
        }
        var tensors = Safetensor(
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}""",
            16);
        Gen.Select(Gen.Int[0, tensors.Length - 1].Array[1, 4], Gen.Byte.Array[4]).Sample((places, values) =>
        {
            var damaged = tensors.ToArray();
            for (var i = 0; i < places.Length; i++) damaged[places[i]] = values[i];
            ReadOrRefuse(damaged);
        }, iter: 3000, threads: 1);

        static void ReadOrRefuse(byte[] content)
        {
            var path = Write(content);
            try
            {
                using var scope = NewDisposeScope();
                using var file = WeightsFile.Open(path);
                foreach (var tensor in file.Tensors.Values) tensor.Read();
            }
            catch (WeightsException)
            {
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"""
        + """ "b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "shares bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,80]}}""", 8, "outside the file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", 8, "which is not 8 bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", 8, "does not fit")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "bytes behind")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "a gap before")]
    [InlineData("""{"a":{"dtype":"F32"}}""", 0, "header is damaged")]
    [InlineData("""{"a":""", 0, "header is damaged")]
    public void Hostile_safetensors_are_refused(string header, int bytes, string expected) =>
    Assert.Contains(expected, Refuse(Write(Safetensor(header, bytes))), StringComparison.Ordinal);

    [Fact]
    public void Safetensors_come_back_as_they_were_written()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.safetensors");
        var tensors = new Dictionary<string, Tensor>
        {
            ["matrix"] = arange(6, dtype: float32).reshape(2, 3).t(),
            ["half"] = tensor(new float[] { 1, 2 }).to(float16),
            ["bfloat"] = tensor(new float[] { 1, 2 }).to(bfloat16),
            ["scalar"] = tensor(5L),
            ["empty"] = zeros(0, 2),
            ["flags"] = tensor(new[] { true, false, true }),
        };
        Safetensors.Write(path, tensors, new Dictionary<string, string> { ["made by"] = "a test" });
        using var file = WeightsFile.Open(path);
        Assert.Equal(tensors.Keys.Order(), file.Tensors.Keys.Order());
        foreach (var (name, tensor) in tensors)
        {
            var back = file.Tensors[name].Read();
            Assert.Equal((tensor.dtype, string.Join(',', tensor.shape)), (back.dtype, string.Join(',', back.shape)));
            Assert.True(back.eq(tensor).all().item<bool>(), name);
        }
        Assert.Contains("ComplexFloat32",
            Assert.Throws<WeightsException>(() => Safetensors.Write(path,
                new Dictionary<string, Tensor> { ["c"] = zeros(1, dtype: complex64) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_one_readable_list()
    {
        using var small = LeNet5.Create(classes: 5);
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.safetensors");
        small.SaveWeights(path);
        using var large = LeNet5.Create(classes: 10);
        using var before = large.state_dict()["features.conv1.weight"].clone();
        var message = Assert.Throws<WeightsException>(() => large.LoadWeights(path)).Message;
        Assert.Contains(
            "2 of another shape: classifier.fc3.bias (network 10, file 5), classifier.fc3.weight (network 10×84, file 5×84)",
            message, StringComparison.Ordinal);
        Assert.Contains("strict: false", message, StringComparison.Ordinal);
        using var other = LeNet5.Create(seed: 2);
        using var kept = other.state_dict()["classifier.fc3.weight"].clone();
        var report = other.LoadWeights(path, strict: false);
        Assert.Equal((8, 2), (report.Loaded, report.MisShaped.Count));
        Assert.True(other.state_dict()["classifier.fc3.weight"].equal(kept).all().item<bool>());
        Assert.True(other.state_dict()["features.conv1.weight"].equal(before).all().item<bool>()); // seed 1's

        using var stranger = nn.Sequential(("only", nn.Linear(2, 2)));
        message = Assert.Throws<WeightsException>(() => stranger.LoadWeights(path)).Message;
        Assert.Contains("2 missing in the file: only.bias, only.weight", message, StringComparison.Ordinal);
        Assert.Contains("10 unknown to the network", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_are_converted_to_the_network_s_type()
    {
        using var network = nn.Sequential(("only", nn.Linear(2, 1, hasBias: false)));
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.safetensors");
        using var half = tensor(new float[,] { { 1, 2 } }).to(bfloat16);
        Safetensors.Write(path, new Dictionary<string, Tensor> { ["only.weight"] = half });
        network.LoadWeights(path);
        Assert.Equal([1f, 2], network.state_dict()["only.weight"].data<float>());
    }

    private static string Refuse(string path)
    {
        var e = Assert.Throws<WeightsException>(() => WeightsFile.Open(path).Dispose());
        Assert.Contains(Path.GetFileName(path), e.Message, StringComparison.Ordinal);
        return e.Message;
    }

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Archive(params (string Name, byte[] Content)[] entries) =>
        Archive(CompressionLevel.NoCompression, entries);

    private static byte[] Archive(CompressionLevel level, params (string Name, byte[] Content)[] entries)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }

    private static byte[] Safetensor(string header, int bytes) =>
        [.. BitConverter.GetBytes((long)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[bytes]];

    private static string Write(byte[] content)
    {
        var path = Path.Combine(Path.GetTempPath(), $"weights-{Guid.NewGuid():N}.pth");
        File.WriteAllBytes(path, content);
        return path;
    }
}
