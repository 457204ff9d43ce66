using System.Buffers.Binary;
using System.Numerics;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>
/// Weights as PyTorch's <c>torch.save(model.state_dict(), path)</c> writes them: since version 1.6 a ZIP archive with a pickle
/// and a file for each storage, before that pickles and storages one after another. Nothing of a pickle is executed
/// (<see cref="Unpickler"/>).
/// </summary>
internal static class PthFile
{
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356");

    /// <summary>The constructors that a state_dict needs.</summary>
    private static readonly HashSet<string> Constructors =
    [
        "collections.OrderedDict", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2",
        "torch._utils._rebuild_parameter", "torch.Size",
    ];

    /// <summary>Reads what the file holds: a state_dict, or one inside a checkpoint.</summary>
    /// <exception cref="WeightsException">It is broken, or wants what weights do not need.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> Read(MappedFile file)
    {
        var content = ZipDirectory.IsZip(file) ? ReadArchive(file) : ReadLegacy(file);
        return Tensors(file, content);
    }

    private static object? ReadArchive(MappedFile file)
    {
        var archive = new ZipDirectory(file);
        var pickle = archive.Names.FirstOrDefault(n => n.EndsWith("/data.pkl", StringComparison.Ordinal))
            ?? throw new WeightsException(
                $"{file.Path} is an archive, but none of PyTorch's: it has no data.pkl. Give the .pth or .safetensors "
                    + "file itself.");
        var root = pickle[..^"data.pkl".Length];
        if (archive.Find($"{root}constants.pkl") is not null)
            throw new WeightsException(
                $"{file.Path} holds a program (TorchScript), not weights. In Python: "
                    + "torch.save(torch.jit.load(path).state_dict(), new_path).");
        archive.RefuseCompressed();
        if (archive.Find($"{root}byteorder") is var (orderAt, orderLength)
            && !file.Slice(orderAt, orderLength).SequenceEqual("little"u8))
            throw new WeightsException(
                $"{file.Path} was written on a big-endian machine, which is not read here. Load and save it again on "
                    + "another one.");
        archive.Verify(pickle);
        var storages = new Dictionary<string, Storage>(StringComparer.Ordinal);
        var (start, length) = archive.Find(pickle)!.Value;
        return new Unpickler(file, start, length, IsKnown, (name, arguments) => Construct(file, name, arguments), id =>
        {
            var (type, key, count) = StorageId(file, id);
            if (storages.TryGetValue(key, out var known)) return known;
            var name = $"{root}data/{key}";
            if (archive.Find(name) is not var (offset, bytes)) throw file.Broken($"the storage {key} is missing");
            if (bytes != count * type.Size())
                throw file.Broken($"the storage {key} has {bytes:N0} bytes, and {count:N0} elements of {type} were saved");
            archive.Verify(name);
            return storages[key] = new Storage(type, bytes) { Offset = offset };
        }).Read();
    }

    private static object? ReadLegacy(MappedFile file)
    {
        var at = 0L;
        if (file.Slice(0, 1)[0] != 0x80 || Next() is not BigInteger magic || magic != LegacyMagic)
            throw file.Broken("it does not begin as one (neither .pth nor .safetensors)");
        if (Next() is not 1001L) throw file.Broken("it has an unknown version");
        Next(); // sizes of C's types on the machine that wrote it
        var storages = new Dictionary<string, Storage>(StringComparer.Ordinal);
        var content = Next(id =>
        {
            var (type, key, count) = StorageId(file, id);
            return storages.TryGetValue(key, out var known) ? known : storages[key] = new Storage(type, count * type.Size());
        });
        // The storages follow, in the order of this list.
        if (Next() is not List<object?> keys || keys.Distinct().Count() != storages.Count)
            throw file.Broken("the list of its storages does not fit");
        foreach (var item in keys)
        {
            if (item is not string key || !storages.TryGetValue(key, out var storage))
                throw file.Broken($"a storage that nothing uses: {item}");
            var count = BinaryPrimitives.ReadInt64LittleEndian(file.Slice(at, 8));
            if (count != storage.Bytes / storage.DType.Size())
                throw file.Broken($"the storage {key} has {count:N0} elements, and another number was saved");
            storage.Offset = at + 8;
            at = storage.Offset + storage.Bytes;
            if (at > file.Length) throw file.Broken("it is truncated");
        }
        return content;

        object? Next(Func<object?, object?>? load = null)
        {
            var pickle = new Unpickler(file, at, file.Length - at, IsKnown, (name, arguments) => Construct(file, name, arguments),
                load ?? (_ => throw file.Broken("a storage before its time")));
            var value = pickle.Read();
            at = pickle.End;
            return value;
        }
    }

    private static bool IsKnown(string name) => Constructors.Contains(name) || TypeOf(name) is not null;

    /// <summary>"torch.FloatStorage" and its kin are spoken of, never constructed.</summary>
    private static ScalarType? TypeOf(string name) =>
        name.StartsWith("torch.", StringComparison.Ordinal) ? DTypes.OfStorage(name["torch.".Length..]) : null;

    /// <summary>('storage', torch.FloatStorage, key, location, count), and in old files a view's metadata.</summary>
    private static (ScalarType Type, string Key, long Count) StorageId(MappedFile file, object? id)
    {
        if (id is not Unpickler.Tuple { Items: ["storage", Unpickler.Global storage, string key, _, long count, ..] items }
            || TypeOf(storage.Name) is not { } type || count < 0)
            throw file.Broken("a storage of an unknown kind");
        if (items.Length > 5 && items[5] is not null)
            throw file.Broken(
                "a storage that is a view of another one, which PyTorch wrote before version 0.4 only; load and save it again "
                    + "with a newer one");
        return (type, key, count > long.MaxValue / 8 ? throw file.Broken($"a storage of {count:N0} elements") : count);
    }

    private static object? Construct(MappedFile file, string name, object?[] arguments)
    {
        switch (name, arguments)
        {
            case ("collections.OrderedDict", []):
                return new Unpickler.Dict();
            case ("collections.OrderedDict", [List<object?> pairs]): // Python 2: a list of pairs
                var dict = new Unpickler.Dict();
                foreach (var pair in pairs)
                    dict.Items.Add(pair switch
                    {
                        List<object?> { Count: 2 } list => new(list[0], list[1]),
                        Unpickler.Tuple { Items: [var key, var value] } => new(key, value),
                        _ => throw file.Broken("an OrderedDict of something else than pairs"),
                    });
                return dict;
            case ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2",
                [Storage storage, long offset, Unpickler.Tuple size, Unpickler.Tuple strides, ..]):
                return new StoredTensor(file, storage, offset, Numbers(size), Numbers(strides));
            case ("torch._utils._rebuild_parameter", [StoredTensor tensor, ..]):
                return tensor;
            case ("torch.Size", [Unpickler.Tuple or List<object?>]):
                return arguments[0];
            default:
                throw file.Broken($"'{name}' with arguments that it does not take");
        }

        static long[] Numbers(Unpickler.Tuple tuple) => [.. tuple.Items.Select(i => (long)i!)];
    }

    private static Dictionary<string, StoredTensor> Tensors(MappedFile file, object? content)
    {
        if (content is not Unpickler.Dict dict)
            throw new WeightsException(
                $"{file.Path} holds {(content is StoredTensor ? "one tensor" : "something")} without names. Save a network's "
                    + "weights: torch.save(model.state_dict(), path).");
        var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (key, value) in dict.Items)
            if (key is string name && value is StoredTensor tensor) tensors[name] = tensor;
        if (tensors.Count > 0 || dict.Items.Count == 0) return tensors;
        // A checkpoint: {"epoch": …, "state_dict": {…}, …}
        foreach (var name in new[] { "state_dict", "model_state_dict", "model", "net" })
            if (dict.Items.FirstOrDefault(i => i.Key as string == name).Value is Unpickler.Dict inner
                && inner.Items.Any(i => i.Value is StoredTensor))
                return Tensors(file, inner);
        throw new WeightsException(
            $"{file.Path} holds no tensors under names; its keys "
                + $"are {string.Join(", ", dict.Items.Take(10).Select(i => i.Key as string ?? "…"))}. In Python: "
                + "torch.save(checkpoint[key], new_path), with the key of the state_dict.");
    }
}
