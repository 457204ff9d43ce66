using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace DeepCourse.Weights;

/// <summary>
/// Python's pickle, as far as a file of weights needs it, and no further. A pickle is a program: <c>GLOBAL</c> names any function
/// of Python's and <c>REDUCE</c> calls it. Here nothing is ever called but the few constructors that
/// <paramref name="construct"/> knows; what any other would make is passed over (<see cref="Opaque"/>), and names that only an
/// attack has are refused.
/// </summary>
/// <param name="file">Where the pickle lies.</param>
/// <param name="start">Where it begins.</param>
/// <param name="length">How long it is at most.</param>
/// <param name="construct">Makes a value from a constructor's name, such as "torch._utils._rebuild_tensor_v2", and its arguments;
/// an <see cref="Opaque"/> for a name that it does not know.</param>
/// <param name="load">Makes a value from a persistent id: a storage.</param>
internal sealed class Unpickler(
    StoredFile file,
    long start,
    long length,
    Func<Unpickler, string, object?[], object?> construct,
    Func<object?, object?> load)
{
    private const int MostSteps = 20_000_000, MostText = 1 << 20, MostName = 500, Window = 1 << 16;

    /// <summary>
    /// What a pickle may make: a few times what it has bytes, since whatever it names once takes a byte at least, and never more
    /// than 10 million pieces, which is the memory of some hundred megabytes.
    /// </summary>
    private const long MostMade = 10_000_000, MadeByByte = 4, MadeAtFirst = 10_000;

    /// <summary>Modules of Python's that no data needs and attacks do. Nothing of them would be called here; a file that names
    /// them was made to harm, and its reader is told so.</summary>
    private static readonly HashSet<string> Hostile =
    [
        "os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "pty", "runpy", "imp", "importlib", "ctypes", "webbrowser",
        "pickle", "_pickle", "cPickle", "marshal", "pip", "requests", "urllib", "urllib2", "httplib", "ftplib", "smtplib",
        "timeit", "cProfile", "pdb", "bdb", "zipimport", "types.FunctionType", "types.CodeType", "operator.methodcaller",
        "torch.hub", "torch.load", "torch.jit", "torch.ops", "torch.utils.cpp_extension", "numpy.testing", "numpy.f2py",
        "numpy.load",
    ];

    /// <summary>What data may name of Python's built-in types; functions such as eval are none of it.</summary>
    private static readonly HashSet<string> BuiltIn =
    [
        "object", "set", "frozenset", "bytes", "bytearray", "complex", "slice", "range", "xrange", "int", "long", "float", "str",
        "unicode", "bool", "list", "dict", "tuple", "type", "getattr", "Ellipsis", "NotImplemented", "Exception",
    ];

    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly long _start = start, _end = start + length;
    private byte[] _window = [];
    private long _windowAt = start, _at = start, _made;

    /// <summary>A name that a pickle speaks of: "module.function".</summary>
    public sealed record Global(string Name);

    /// <summary>A Python tuple.</summary>
    public sealed record Tuple(object?[] Items);

    /// <summary>A Python dictionary, in its order; keys that are no text are kept as they are.</summary>
    public sealed class Dict
    {
        public List<KeyValuePair<object?, object?>> Items { get; } = [];
    }

    /// <summary>A value that is passed over: a number of numpy's, a date, an object of somebody's class.</summary>
    /// <param name="What">What it is, such as "an object of datetime.datetime".</param>
    public sealed record Opaque(string What);

    /// <summary>Where the pickle ended, after <see cref="Read"/>.</summary>
    public long End => _at;

    /// <summary>Counts what is made, and ends a pickle that makes much of little.</summary>
    /// <exception cref="WeightsException">It has made too much.</exception>
    public void Spend(long pieces)
    {
        _made += pieces;
        if (_made > MostMade || _made > MadeAtFirst + MadeByByte * (_at - _start))
            throw file.Broken($"{_at - _start:N0} bytes of its pickle make more than {_made - pieces:N0} values");
    }

    /// <summary>Runs the pickle. Its result is made of null, bool, long, double, string, BigInteger, List, Tuple, Dict, Global,
    /// Opaque, and what the constructors made; it may hold itself.</summary>
    /// <exception cref="WeightsException">It is damaged, or made to harm.</exception>
    public object? Read()
    {
        try
        {
            for (var step = 0; step < MostSteps; step++)
                if (Step(Byte())) return Pop();
            throw file.Broken($"it takes more than {MostSteps:N0} steps");
        }
        catch (Exception e) when (e is InvalidCastException or KeyNotFoundException
            or OverflowException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            throw file.Broken($"near byte {_at:N0} of the file");
        }
    }

    private bool Step(byte opcode)
    {
        switch ((char)opcode)
        {
            case '\x80': // PROTO
                if (Byte() is var version and > 5)
                    throw file.Broken($"it has pickle protocol {version}, and 2 is what torch.save writes");
                break;
            case '.': return true; // STOP
            case '(': _marks.Add(_stack.Count); break; // MARK
            case '0': Pop(); break; // POP
            case '1': PopToMark(); break; // POP_MARK
            case '2': Push(Top); break; // DUP

            case 'N': Push(null); break;
            case '\x88': Push(true); break;
            case '\x89': Push(false); break;
            case 'K': Push((long)Byte()); break; // BININT1
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break; // BININT2
            case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break; // BININT
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break; // BINFLOAT
            case '\x8a': PushNumber(new BigInteger(Take(Byte()))); break; // LONG1
            case '\x8b': PushNumber(new BigInteger(Take(Size32(MostName)))); break; // LONG4
            case 'I': // INT
                var line = Line();
                if (line is "00" or "01") Push(line == "01");
                else PushNumber(BigInteger.Parse(line, CultureInfo.InvariantCulture));
                break;
            case 'L': PushNumber(BigInteger.Parse(Line().TrimEnd('L'), CultureInfo.InvariantCulture)); break; // LONG
            case 'F': Push(double.Parse(Line(), CultureInfo.InvariantCulture)); break; // FLOAT

            case 'X' or 'T': Push(Text(Size32())); break; // BINUNICODE; BINSTRING: Python 2
            case '\x8c' or 'U': Push(Text(Byte())); break; // SHORT_BINUNICODE; SHORT_BINSTRING: Python 2
            case '\x8d': Push(Text(Size64())); break; // BINUNICODE8
            case 'S': Push(Line().Trim('\'', '"')); break; // STRING: Python 2
            case 'V': Push(Line()); break; // UNICODE
            case 'C': PushBytes(Byte()); break; // SHORT_BINBYTES
            case 'B': PushBytes(Size32()); break; // BINBYTES
            case '\x8e' or '\x96': PushBytes(Size64()); break; // BINBYTES8, BYTEARRAY8

            case ')': Push(New([])); break; // EMPTY_TUPLE
            case 't': Push(New(PopToMark())); break; // TUPLE
            case '\x85': Push(New(Pop(1))); break;
            case '\x86': Push(New(Pop(2))); break;
            case '\x87': Push(New(Pop(3))); break;
            case ']': Push(new List<object?>()); Spend(2); break; // EMPTY_LIST
            case 'l': { var items = PopToMark(); Spend(2 + items.Length); Push(items.ToList()); break; } // LIST
            case 'a': Extend(Pop(1)); break; // APPEND
            case 'e' or '\x90': Extend(PopToMark()); break; // APPENDS, ADDITEMS
            case '}': Push(new Dict()); Spend(2); break; // EMPTY_DICT
            case 'd': { var items = PopToMark(); Push(new Dict()); Fill(items); break; } // DICT
            case 's': Fill(Pop(2)); break; // SETITEM
            case 'u': Fill(PopToMark()); break; // SETITEMS
            case '\x8f': Push(new Opaque("a set")); break; // EMPTY_SET
            case '\x91': PopToMark(); Push(new Opaque("a set")); break; // FROZENSET

            case 'q': Memo(Byte()); break; // BINPUT
            case 'r': Memo(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break; // LONG_BINPUT
            case 'p': Memo(uint.Parse(Line(), CultureInfo.InvariantCulture)); break; // PUT
            case '\x94': Memo((uint)_memo.Count); break; // MEMOIZE
            case 'h': Push(_memo[Byte()]); break; // BINGET
            case 'j': Push(_memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))]); break; // LONG_BINGET
            case 'g': Push(_memo[uint.Parse(Line(), CultureInfo.InvariantCulture)]); break; // GET
            case '\x95': Take(8); break; // FRAME

            case 'c': Push(Named(Line(), Line())); break; // GLOBAL
            case '\x93': { var names = Pop(2); Push(Named((string)names[0]!, (string)names[1]!)); break; } // STACK_GLOBAL
            case 'Q': Push(load(Pop())); break; // BINPERSID
            case 'R' or '\x81': { var arguments = Pop(); Call(Pop(), arguments); break; } // REDUCE, NEWOBJ
            case '\x92': { Pop(); var arguments = Pop(); Call(Pop(), arguments); break; } // NEWOBJ_EX
            case 'b': Pop(); break; // BUILD: attributes of what was made, such as an OrderedDict's _metadata
            default: throw file.Broken($"it uses the instruction 0x{opcode:x2}, which weights do not need");
        }
        return false;
    }

    private Global Named(string module, string name)
    {
        var whole = $"{module}.{name}";
        if (whole.Length > MostName) throw file.Broken($"a name of {whole.Length:N0} characters");
        if (module is "builtins" or "__builtin__" or "__builtins__" ? !BuiltIn.Contains(name.Split('.')[0]) : IsHostile(whole))
            throw new WeightsException(
                $"{file.Path} wants to use '{whole}', which no file of weights needs: it was made to run a program in Python, "
                    + "and is not read. Delete it, and get the weights from somebody you trust.");
        return new Global(whole);

        static bool IsHostile(string name)
        {
            for (var end = name.IndexOf('.'); end >= 0; end = name.IndexOf('.', end + 1))
                if (Hostile.Contains(name[..end])) return true;
            return Hostile.Contains(name);
        }
    }

    private void Call(object? function, object? arguments)
    {
        Spend(4);
        Push((function, arguments) switch
        {
            (Global global, Tuple tuple) => construct(this, global.Name, tuple.Items),
            (Global or Opaque, Tuple or Opaque) => new Opaque("a value that Python's code makes"),
            _ => throw file.Broken($"near byte {_at:N0}, something is called that is no function"),
        });
    }

    private void Memo(uint key)
    {
        if (_memo.TryAdd(key, Top)) Spend(3);
        else _memo[key] = Top;
    }

    private object? Top => _stack.Count > 0 ? _stack[^1] : throw file.Broken("its stack is empty");

    private void Extend(object?[] items)
    {
        Spend(items.Length);
        if (Top is Opaque) return; // what belongs to a value that is passed over
        ((List<object?>)Top!).AddRange(items);
    }

    private void Fill(object?[] items)
    {
        if (items.Length % 2 != 0) throw file.Broken("a dictionary has a key without a value");
        Spend(items.Length);
        if (Top is Opaque) return;
        var dict = (Dict)Top!;
        for (var i = 0; i < items.Length; i += 2) dict.Items.Add(new(items[i], items[i + 1]));
    }

    private object? Pop()
    {
        // What stands below a mark is not to be had before the mark is gone.
        if (_marks.Count > 0 && _stack.Count <= _marks[^1]) throw file.Broken("its stack is empty");
        var top = Top;
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] Pop(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--) items[i] = Pop();
        return items;
    }

    private object?[] PopToMark()
    {
        var mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        object?[] items = [.. _stack[mark..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private void Push(object? value)
    {
        Spend(1);
        _stack.Add(value);
    }

    private Tuple New(object?[] items)
    {
        Spend(1 + items.Length);
        return new Tuple(items);
    }

    private byte Byte() => Take(1)[0];

    private long Size32(long most = uint.MaxValue) => BinaryPrimitives.ReadUInt32LittleEndian(Take(4)) is var size && size > most
        ? throw file.Broken($"a number of {size:N0} bytes") : size;

    private long Size64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8)) is >= 0 and var size ? size
        : throw file.Broken($"near byte {_at:N0} of the file");

    private void PushBytes(long size)
    {
        if (size > _end - _at) throw file.Broken("it ends in the middle");
        _at += size;
        Push(new Opaque("bytes"));
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > _end - _at) throw file.Broken("it ends in the middle");
        if (_at < _windowAt || _at + count > _windowAt + _window.Length)
        {
            _window = file.Read(_at, Math.Min(_end - _at, Math.Max(Window, count)));
            _windowAt = _at;
        }
        _at += count;
        return _window.AsSpan((int)(_at - count - _windowAt), (int)count);
    }

    private string Text(long size) =>
        size > MostText ? throw file.Broken($"a text of {size:N0} bytes") : Encoding.UTF8.GetString(Take(size));

    private string Line()
    {
        var line = new StringBuilder();
        for (var next = Byte(); next != '\n'; next = Byte())
        {
            if (line.Length > 1000) throw file.Broken("a line without an end");
            line.Append((char)next);
        }
        return line.ToString();
    }

    private void PushNumber(BigInteger number)
    {
        if (number >= long.MinValue && number <= long.MaxValue) Push((long)number);
        else Push(number);
    }
}
