using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// Writes into a compiled cell what makes it stop and keeps its stack: a look at <see cref="Guard"/> where each function and each
/// turn of a loop begins. In the compiled code, because everything is a method there: lambdas, local functions, iterators, what a
/// record compares itself with, files that were loaded. (The compiler's own instrumentation leaves out all that is written at a
/// cell's top level, and costs three times as much.)
/// </summary>
internal static class Instrumentation
{
    /// <summary>What neither waits nor calls back, and what the just-in-time compiler mostly puts in place of the call.</summary>
    private static readonly HashSet<string> Pure =
    [
        "System.Math", "System.MathF", "System.BitConverter", "System.Numerics.BitOperations", "System.Numerics.Complex",
        "System.Numerics.Vector", "System.Numerics.Vector`1",
        "System.Numerics.Vector2", "System.Numerics.Vector3", "System.Numerics.Vector4", "System.Random", "System.String",
        "System.Char", "System.Boolean", "System.Byte",
        "System.SByte", "System.Int16", "System.UInt16", "System.Int32", "System.UInt32", "System.Int64", "System.UInt64",
        "System.Int128", "System.UInt128", "System.IntPtr",
        "System.UIntPtr", "System.Half", "System.Single", "System.Double", "System.Decimal", "System.Object", "System.Index",
        "System.Range", "System.Nullable`1",
        "System.Span`1", "System.ReadOnlySpan`1", "System.Memory`1", "System.ReadOnlyMemory`1", "System.Array",
        "System.Runtime.CompilerServices.RuntimeHelpers",
        "System.Runtime.CompilerServices.Unsafe", "System.Runtime.InteropServices.MemoryMarshal",
        "System.Collections.Generic.List`1",
    ];

    /// <summary>Whether a cell of this text has functions or loops at all. Most of those that a reader types have none, and stay
    /// as they are.</summary>
    public static bool IsNeeded(SyntaxTree tree)
    {
        var root = (CompilationUnitSyntax)tree.GetRoot();
        var text = tree.GetText().ToString();
        return root.GetLoadDirectives().Count > 0 || text.Contains(nameof(Environment.Exit), StringComparison.Ordinal)
            || text.Contains(nameof(CultureInfo.CurrentCulture), StringComparison.Ordinal) || root.DescendantNodes().Any(n => n
            is ForStatementSyntax or CommonForEachStatementSyntax or WhileStatementSyntax or DoStatementSyntax
                or GotoStatementSyntax
            or AnonymousFunctionExpressionSyntax or LocalFunctionStatementSyntax
            or MemberDeclarationSyntax and not (GlobalStatementSyntax or FieldDeclarationSyntax)
            or QueryExpressionSyntax);
    }

    /// <summary>The image and symbols of a cell, with the guards.</summary>
    public static (MemoryStream Image, MemoryStream? Symbols) Apply(MemoryStream image, MemoryStream? symbols)
    {
        image.Position = 0;
        symbols?.Position = 0;
        using var module = ModuleDefinition.ReadModule(image, new ReaderParameters
        {
            ReadSymbols = symbols is not null,
            SymbolStream = symbols,
            SymbolReaderProvider = symbols is null ? null : new PortablePdbReaderProvider(),
        });
        var references = new GuardReferences(module);
        var methods = module.GetTypes().SelectMany(t => t.Methods).Where(m => m.HasBody).ToList();
        // What others call, such as a library's loop over a lambda, looks whatever it does: nothing else there does.
        var handedOut = methods.SelectMany(m => m.Body.Instructions)
            .Where(i => i.OpCode.Code is Code.Ldftn or Code.Ldvirtftn)
            .Select(i => Key((MethodReference)i.Operand))
            .ToHashSet();
        foreach (var method in methods) Rewrite(method, references, method.IsVirtual || handedOut.Contains(Key(method)));

        var (guarded, guardedSymbols) = (new MemoryStream(), symbols is null ? null : new MemoryStream());
        module.Write(guarded, new WriterParameters
        {
            WriteSymbols = symbols is not null,
            SymbolStream = guardedSymbols,
            SymbolWriterProvider = symbols is null ? null : new PortablePdbWriterProvider(),
        });
        return (guarded, guardedSymbols);
    }

    private static string Key(MethodReference method) => $"{method.DeclaringType.GetElementType().FullName}::{method.Name}";

    private static void Rewrite(MethodDefinition method, GuardReferences guard, bool isCalledByOthers)
    {
        var body = method.Body;
        foreach (var call in body.Instructions)
            if (call.Operand is MethodReference { Name: nameof(Environment.Exit), DeclaringType.FullName: "System.Environment" })
                call.Operand = guard.Exit;
            else if (call.Operand is MethodReference
            { Name: "set_CurrentCulture", DeclaringType.FullName: "System.Globalization.CultureInfo" } culture)
                call.Operand = guard.SetCulture(culture.Parameters[0].ParameterType);
        // A type's first use or the garbage collector calls these: nobody could catch what they throw.
        var isEntered = method is not { IsConstructor: true, IsStatic: true } and not { Name: "Finalize", IsVirtual: true }
            && (isCalledByOthers
                || body.Instructions.Any(i => i.OpCode.Code is Code.Calli
                    || Calls(i) && i.Operand is MethodReference called && !IsPure(called)));
        var loops = BackwardBranches(body).GroupBy(b => b.Target).ToList();
        if (!isEntered && loops.Count == 0) return;

        body.SimplifyMacros(); // short jumps may become too short
        foreach (var loop in loops) LookInLoop(body, loop.Key, [.. loop.Select(b => b.Source)], guard);
        if (isEntered) LookOnEntry(body, guard);
        body.OptimizeMacros();
    }

    private static bool Calls(Instruction instruction) =>
        instruction.OpCode.Code is Code.Call or Code.Callvirt or Code.Newobj or Code.Ldftn or Code.Ldvirtftn or Code.Jmp;

    private static List<(Instruction Source, Instruction Target)> BackwardBranches(MethodBody body) =>
    [
        .. body.Instructions.SelectMany(i => i.Operand switch
        {
            Instruction target => [(Source: i, Target: target)],
            Instruction[] targets => targets.Select(t => (Source: i, Target: t)),
            _ => Enumerable.Empty<(Instruction Source, Instruction Target)>(),
        }).Where(b => b.Target.Offset <= b.Source.Offset),
    ];

    /// <summary>
    /// Puts the look before the instruction that a loop comes back to. Where a try begins with that instruction, it stands
    /// outside, unless the loop is inside: what it throws is not for a catch within the loop.
    /// </summary>
    private static void LookInLoop(MethodBody body, Instruction target, List<Instruction> sources, GuardReferences guard)
    {
        var last = sources.Max(s => s.Offset);
        var onlyComputes = body.Instructions.SkipWhile(i => i != target).TakeWhile(i => i.Offset <= last)
            .All(i => i.OpCode.Code is not Code.Calli
                && (!Calls(i) || i.Operand is not MethodReference called || IsPure(called) || IsOfCells(called)));
        bool IsInside(ExceptionHandler handler, Instruction source) =>
            handler.TryStart == target && source.Offset < handler.TryEnd.Offset;

        var inside = sources.Where(s => body.ExceptionHandlers.Any(h => IsInside(h, s))).ToList();
        var outside = sources.Except(inside).ToList();
        var innerCheck = inside.Count > 0 ? InsertBefore(body, target, guard.Loop(onlyComputes, target)) : null;
        var outerCheck = outside.Count > 0
            ? InsertBefore(body, innerCheck ?? target, guard.Loop(onlyComputes, innerCheck ?? target))
            : null;
        var first = outerCheck ?? innerCheck!;
        foreach (var source in outside) Redirect(source, target, first);
        foreach (var source in inside) Redirect(source, target, innerCheck!);
        foreach (var handler in body.ExceptionHandlers)
        {
            if (handler.TryStart == target && inside.Exists(s => IsInside(handler, s))) handler.TryStart = innerCheck;
            if (handler.HandlerStart == target) handler.HandlerStart = first; // a finally that begins with a loop
            if (handler.TryEnd == target) handler.TryEnd = first;
            if (handler.HandlerEnd == target) handler.HandlerEnd = first;
            if (handler.FilterStart == target) handler.FilterStart = first;
        }
    }

    private static void LookOnEntry(MethodBody body, GuardReferences guard)
    {
        var local = new VariableDefinition(guard.Byte);
        body.Variables.Add(local);
        InsertBefore(body, body.Instructions[0], guard.Entry(local, body.Instructions[0]));
    }

    private static Instruction InsertBefore(MethodBody body, Instruction target, Instruction[] look)
    {
        var processor = body.GetILProcessor();
        foreach (var instruction in look)
        {
            instruction.Offset = target.Offset; // for those that ask where it is before all get theirs
            processor.InsertBefore(target, instruction);
        }
        return look[0];
    }

    private static void Redirect(Instruction source, Instruction from, Instruction to)
    {
        if (source.Operand is Instruction[] table)
            for (var i = 0; i < table.Length; i++) table[i] = table[i] == from ? to : table[i];
        else source.Operand = to;
    }

    private static bool IsPure(MethodReference method) =>
        method.DeclaringType.IsArray || Pure.Contains(method.DeclaringType.GetElementType().FullName);

    /// <summary>A cell's own function, which looks by itself.</summary>
    private static bool IsOfCells(MethodReference method) => method.DeclaringType.GetElementType().Scope is ModuleDefinition
        || method.DeclaringType.GetElementType().Scope.Name.StartsWith(Submissions.AssemblyPrefix, StringComparison.Ordinal);

    /// <summary>The members of <see cref="Guard"/>, as this module refers to them.</summary>
    private sealed class GuardReferences
    {
        private readonly FieldReference _stop, _attention, _bottom, _reach;
        private readonly MethodReference _throw, _attend;

        public GuardReferences(ModuleDefinition module)
        {
            var name = typeof(Guard).Assembly.GetName();
            var scope = module.AssemblyReferences.FirstOrDefault(a => a.Name == name.Name);
            if (scope is null) module.AssemblyReferences.Add(scope = new AssemblyNameReference(name.Name, name.Version));
            var types = module.TypeSystem;
            var type = new TypeReference(typeof(Guard).Namespace, nameof(Guard), module, scope);
            FieldReference Field(string field, TypeReference of) => new(field, of, type);
            Byte = types.Byte;
            (_stop, _attention) = (Field(nameof(Guard.Stop), types.Int32), Field(nameof(Guard.Attention), types.Int32));
            (_bottom, _reach) = (Field(nameof(Guard.Bottom), types.UIntPtr), Field(nameof(Guard.Reach), types.UIntPtr));
            (_throw, _attend) = (new MethodReference(nameof(Guard.Throw), types.Void, type),
                new MethodReference(nameof(Guard.Attend), types.Void, type));
            Exit = new MethodReference(nameof(Guard.Exit), types.Void,
                type)
            { Parameters = { new ParameterDefinition(types.Int32) } };
        }

        public TypeReference Byte { get; }

        public MethodReference Exit { get; }

        public MethodReference SetCulture(TypeReference culture) =>
            new(nameof(Guard.SetCulture), Exit.ReturnType,
                Exit.DeclaringType)
            { Parameters = { new ParameterDefinition(culture) } };

        public Instruction[] Loop(bool onlyComputes, Instruction next) =>
        [
            Instruction.Create(OpCodes.Volatile), // or it would be read once, before the loop
            Instruction.Create(OpCodes.Ldsfld, onlyComputes ? _stop : _attention),
            Instruction.Create(OpCodes.Brfalse, next),
            Instruction.Create(OpCodes.Call, onlyComputes ? _throw : _attend),
        ];

        public Instruction[] Entry(VariableDefinition local, Instruction next) =>
        [
            Instruction.Create(OpCodes.Ldloca, local),
            Instruction.Create(OpCodes.Conv_U),
            Instruction.Create(OpCodes.Ldsfld, _bottom),
            Instruction.Create(OpCodes.Sub),
            Instruction.Create(OpCodes.Ldsfld, _reach),
            Instruction.Create(OpCodes.Blt_Un, next),
            Instruction.Create(OpCodes.Call, _attend),
        ];
    }
}
