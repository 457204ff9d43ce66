using System.Buffers.Binary;
using System.Globalization;
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
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356", CultureInfo.InvariantCulture);

    /// <summary>Reads what the file holds: a state_dict, or one inside a checkpoint.</summary>
    /// <exception cref="WeightsException">It is broken, or holds no weights.</exception>
    public static Contents Read(StoredFile file) =>
        StateDict.Find(file, ZipDirectory.IsZip(file) ? ReadArchive(file) : ReadLegacy(file));

    private static object? ReadArchive(StoredFile file)
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
        if (archive.Find($"{root}byteorder") is var (orderAt, orderLength, _)
            && !file.Read(orderAt, Math.Min(orderLength, 16)).AsSpan().SequenceEqual("little"u8))
            throw new WeightsException(
                $"{file.Path} was written on a big-endian machine, which is not read here. Load and save it again on "
                    + "another one.");
        archive.Verify(pickle);
        var storages = new Dictionary<string, Storage>(StringComparer.Ordinal);
        var (start, length, _) = archive.Find(pickle)!.Value;
        return new Unpickler(file, start, length, (unpickler, called, given) => Construct(file, unpickler, called, given), id =>
        {
            var (type, kind, key, count, size) = StorageId(file, id);
            if (storages.TryGetValue(key, out var known)) return known;
            var name = $"{root}data/{key}";
            if (archive.Find(name) is not var (offset, bytes, crc)) throw file.Broken($"the storage {key} is missing");
            if (type is not null && bytes != count * size)
                throw file.Broken($"the storage {key} has {bytes:N0} bytes, and {count:N0} elements of {type} were saved");
            return storages[key] = new Storage(type, kind, bytes) { Offset = offset, Checksum = (name, crc) };
        }).Read();
    }

    private static object? ReadLegacy(StoredFile file)
    {
        var at = 0L;
        if (file.Read(0, 1)[0] != 0x80 || Next() is not BigInteger magic || magic != LegacyMagic)
            throw file.Broken("it does not begin as one (neither .pth nor .safetensors)");
        if (Next() is not 1001L) throw file.Broken("it has an unknown version");
        Next(); // sizes of C's types on the machine that wrote it
        var storages = new Dictionary<string, Storage>(StringComparer.Ordinal);
        var content = Next(id =>
        {
            var (type, kind, key, count, size) = StorageId(file, id);
            // They follow without a table: one of unknown length hides where the next begins.
            if (size == 0) throw file.Broken($"a storage of the unknown kind {kind}");
            return storages.TryGetValue(key, out var known)
                ? known
                : storages[key] = new Storage(type, kind, count * size) { Count = count };
        });
        // The storages follow, in the order of this list.
        if (Next() is not List<object?> keys || keys.OfType<string>().Distinct().Count() != storages.Count)
            throw file.Broken("the list of its storages does not fit");
        foreach (var item in keys)
        {
            if (item is not string key || !storages.TryGetValue(key, out var storage))
                throw file.Broken("a storage that nothing uses");
            var count = BinaryPrimitives.ReadInt64LittleEndian(file.Read(at, 8));
            if (count != storage.Count)
                throw file.Broken($"a storage has {count:N0} elements, and another number was saved");
            storage.Offset = at + 8;
            if (storage.Bytes > file.Length - storage.Offset) throw file.Broken("it is truncated");
            at = storage.Offset + storage.Bytes;
        }
        return content;

        object? Next(Func<object?, object?>? load = null)
        {
            var pickle = new Unpickler(file, at, file.Length - at,
                (unpickler, name, arguments) => Construct(file, unpickler, name, arguments),
                load ?? (_ => throw file.Broken("a storage before its time")));
            var value = pickle.Read();
            at = pickle.End;
            return value;
        }
    }

    /// <summary>('storage', torch.FloatStorage, key, location, count), and in old files a view's metadata. The type is null, and
    /// the bytes of an element may be 0, where it is one that is not read.</summary>
    private static (ScalarType? Type, string Kind, string Key, long Count, int Size) StorageId(StoredFile file, object? id)
    {
        if (id is not Unpickler.Tuple { Items: ["storage", Unpickler.Global storage, string key, _, long count, ..] items }
            || count < 0 || key.Length > 500)
            throw file.Broken("a storage of an unknown kind");
        if (items.Length > 5 && items[5] is not null)
            throw file.Broken(
                "a storage that is a view of another one, which PyTorch wrote before version 0.4 only; load and save it again "
                    + "with a newer one");
        if (count > long.MaxValue / 16) throw file.Broken($"a storage of {count:N0} elements");
        var kind = storage.Name[(storage.Name.LastIndexOf('.') + 1)..];
        var isTorch = storage.Name.StartsWith("torch.", StringComparison.Ordinal);
        var (type, size) = isTorch ? DTypes.OfStorage(kind) ?? default : default;
        return (type, kind, key, count, size);
    }

    private static object? Construct(StoredFile file, Unpickler unpickler, string name, object?[] arguments)
    {
        switch (name, arguments)
        {
            case ("collections.OrderedDict", []) or ("collections.defaultdict", [] or [_]) or ("builtins.dict", []):
                return new Unpickler.Dict();
            case ("collections.OrderedDict", [List<object?> pairs]): // Python 2: a list of pairs
                unpickler.Spend(2L * pairs.Count);
                var dict = new Unpickler.Dict();
                foreach (var pair in pairs)
                    dict.Items.Add(pair switch
                    {
                        List<object?> { Count: 2 } list => new(list[0], list[1]),
                        Unpickler.Tuple { Items: [var key, var value] } => new(key, value),
                        _ => throw file.Broken("an OrderedDict of something else than pairs"),
                    });
                return dict;
            case ("torch._tensor._rebuild_from_type_v2",
                [Unpickler.Global { Name: var inner }, _, Unpickler.Tuple { Items: var values }, ..])
                when inner is "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_parameter":
                return Construct(file, unpickler, inner, values); // a tensor with attributes
            case ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2", [Storage { DType: null } storage, ..]):
                return new UnreadableTensor($"a tensor of {storage.Kind.Replace("Storage", "", StringComparison.Ordinal)}");
            case ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2",
                [Storage storage, long offset, Unpickler.Tuple size, Unpickler.Tuple strides, ..]):
                return new StoredTensor(file, storage, offset, Numbers(size), Numbers(strides));
            case ("torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state",
                [StoredTensor or UnreadableTensor, ..]):
                return arguments[0];
            case ("torch.Size", [Unpickler.Tuple or List<object?>]):
                return arguments[0];
            case ("torch._utils._rebuild_tensor_v3", [_, _, _, _, _, _, Unpickler.Global type, ..]):
                return new UnreadableTensor($"a tensor of {type.Name}");
            case ("torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2" or "collections.OrderedDict", _):
                throw file.Broken($"'{name}' with arguments that it does not take");
            default:
                return Unread(name);
        }

        long[] Numbers(Unpickler.Tuple tuple)
        {
            if (tuple.Items.Length > StoredTensor.MostDimensions)
                throw file.Broken($"a tensor of {tuple.Items.Length:N0} dimensions");
            unpickler.Spend(2 + tuple.Items.Length);
            return [.. tuple.Items.Select(i => (long)i!)];
        }
    }

    /// <summary>What a constructor would make that is not known here.</summary>
    private static object Unread(string name)
    {
        const string rebuild = "_rebuild_";
        var last = name[(name.LastIndexOf('.') + 1)..];
        if (!name.StartsWith("torch.", StringComparison.Ordinal) || !last.StartsWith(rebuild, StringComparison.Ordinal))
            return new Unpickler.Opaque($"an object of Python's class or function {name}");
        return new UnreadableTensor(last[rebuild.Length..] switch
        {
            "sparse_tensor" or "sparse_csr_tensor" or "sparse_compressed_tensor" => "a sparse tensor",
            "qtensor" => "a quantized tensor",
            "nested_tensor" => "a nested tensor",
            var kind => $"a tensor of the kind {kind}",
        });
    }
}
