using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace DeepCourse.Weights;

/// <summary>
/// Python's pickle, as far as a file of weights needs it, and no further. A pickle is a program: <c>GLOBAL</c> names any function
/// of Python's and <c>REDUCE</c>
/// calls it. Here nothing is ever called but the few constructors that <paramref name="construct"/> knows; any other name is
/// refused.
/// </summary>
/// <param name="file">Where the pickle lies.</param>
/// <param name="start">Where it begins.</param>
/// <param name="length">How long it is at most.</param>
/// <param name="construct">Makes a value from a constructor's name, such as "torch._utils._rebuild_tensor_v2", and its arguments;
/// throws for a name that it does not know.</param>
/// <param name="isKnown">Whether a name may be spoken of at all.</param>
/// <param name="load">Makes a value from a persistent id: a storage.</param>
internal sealed class Unpickler(
    MappedFile file,
    long start,
    long length,
    Func<string, bool> isKnown,
    Func<string, object?[], object?> construct,
    Func<object?, object?> load)
{
    private const int MostSteps = 20_000_000, MostText = 1 << 20;

    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly long _end = start + length;
    private long _at = start;

    /// <summary>A name that a pickle speaks of: "module.function".</summary>
    public sealed record Global(string Name);

    /// <summary>A Python tuple.</summary>
    public sealed record Tuple(object?[] Items);

    /// <summary>A Python dictionary, in its order; keys that are no text are kept as they are.</summary>
    public sealed class Dict
    {
        public List<KeyValuePair<object?, object?>> Items { get; } = [];
    }

    /// <summary>Where the pickle ended, after <see cref="Read"/>.</summary>
    public long End => _at;

    /// <summary>Runs the pickle. Its result is made of null, bool, long, double, string, BigInteger, List, Tuple, Dict, and what
    /// the constructors made.</summary>
    /// <exception cref="WeightsException">It is damaged, or it wants something that weights do not need.</exception>
    public object? Read()
    {
        try
        {
            for (var step = 0; step < MostSteps; step++)
                if (Step(Byte())) return Pop();
            throw file.Broken($"it takes more than {MostSteps:N0} steps");
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or InvalidCastException or KeyNotFoundException
            or OverflowException or DecoderFallbackException or FormatException or IndexOutOfRangeException)
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
            case '2': Push(_stack[^1]); break; // DUP

            case 'N': Push(null); break;
            case '\x88': Push(true); break;
            case '\x89': Push(false); break;
            case 'K': Push((long)Byte()); break; // BININT1
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break; // BININT2
            case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break; // BININT
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break; // BINFLOAT
            case '\x8a': PushNumber(new BigInteger(Take(Byte()))); break; // LONG1
            case 'I': Push(Line() switch { "00" => false, "01" => true, var text => (object)long.Parse(text) }); break; // INT
            case 'L': PushNumber(BigInteger.Parse(Line().TrimEnd('L'))); break; // LONG
            case 'F': Push(double.Parse(Line(), System.Globalization.CultureInfo.InvariantCulture)); break; // FLOAT

            case 'X': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break; // BINUNICODE
            case '\x8c': Push(Text(Byte())); break; // SHORT_BINUNICODE
            case 'U': Push(Text(Byte())); break; // SHORT_BINSTRING: Python 2
            case 'T': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break; // BINSTRING
            case 'C': Push(Text(Byte())); break; // SHORT_BINBYTES
            case 'B': Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break; // BINBYTES

            case ')': Push(new Tuple([])); break; // EMPTY_TUPLE
            case 't': Push(new Tuple(PopToMark())); break; // TUPLE
            case '\x85': Push(new Tuple(Pop(1))); break;
            case '\x86': Push(new Tuple(Pop(2))); break;
            case '\x87': Push(new Tuple(Pop(3))); break;
            case ']': Push(new List<object?>()); break; // EMPTY_LIST
            case 'l': Push(PopToMark().ToList()); break; // LIST
            case 'a': { var item = Pop(); ((List<object?>)_stack[^1]!).Add(item); break; } // APPEND
            case 'e': { var items = PopToMark(); ((List<object?>)_stack[^1]!).AddRange(items); break; } // APPENDS
            case '}': Push(new Dict()); break; // EMPTY_DICT
            case 'd': { var items = PopToMark(); Push(new Dict()); Fill(items); break; } // DICT
            case 's': Fill(Pop(2)); break; // SETITEM
            case 'u': Fill(PopToMark()); break; // SETITEMS

            case 'q': _memo[Byte()] = _stack[^1]; break; // BINPUT
            case 'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = _stack[^1]; break; // LONG_BINPUT
            case 'p': _memo[uint.Parse(Line())] = _stack[^1]; break; // PUT
            case '\x94': _memo[(uint)_memo.Count] = _stack[^1]; break; // MEMOIZE
            case 'h': Push(_memo[Byte()]); break; // BINGET
            case 'j': Push(_memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))]); break; // LONG_BINGET
            case 'g': Push(_memo[uint.Parse(Line())]); break; // GET
            case '\x95': Take(8); break; // FRAME

            case 'c': Push(Named($"{Line()}.{Line()}")); break; // GLOBAL
            case '\x93': { var names = Pop(2); Push(Named($"{(string)names[0]!}.{(string)names[1]!}")); break; } // STACK_GLOBAL
            case 'Q': Push(load(Pop())); break; // BINPERSID
            case 'R' or '\x81': // REDUCE, NEWOBJ
                var (arguments, function) = ((Tuple)Pop()!, (Global)Pop()!);
                Push(construct(function.Name, arguments.Items));
                break;
            case 'b': Pop(); break; // BUILD: attributes of what was made, such as an OrderedDict's _metadata
            default: throw file.Broken($"it uses the instruction 0x{opcode:x2}, which weights do not need");
        }
        return false;
    }

    private Global Named(string name) => isKnown(name) ? new Global(name)
        : throw new WeightsException(
            $"{file.Path} wants to use '{name}', which no file of weights needs; it is not read. If you made the file yourself, "
                + "save the weights alone: torch.save(model.state_dict(), path).");

    private void Fill(object?[] items)
    {
        if (items.Length % 2 != 0) throw file.Broken("a dictionary has a key without a value");
        var dict = (Dict)_stack[^1]!;
        for (var i = 0; i < items.Length; i += 2) dict.Items.Add(new(items[i], items[i + 1]));
    }

    private object? Pop()
    {
        // What stands below a mark is not to be had before the mark is gone.
        if (_marks.Count > 0 && _stack.Count <= _marks[^1]) throw file.Broken("its stack is empty");
        var top = _stack[^1];
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

    private void Push(object? value) => _stack.Add(value);

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count > _end - _at) throw file.Broken("it ends in the middle");
        var bytes = file.Slice(_at, count);
        _at += count;
        return bytes;
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
