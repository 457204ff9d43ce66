using System.Globalization;
using System.Text;
using DeepCourse.Display;
using DeepCourse.Visuals;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>
/// What a network is made of: a tree of <see cref="LayerSummary"/> and its totals, which is data; as HTML (rows that close and
/// open), as text, as CSV, and in the lecture's own form (<see cref="LayerTable"/>), which are views of it.
/// </summary>
public sealed class ModelSummary : Figure
{
    private ModelSummary(LayerSummary root, IReadOnlyList<string> notes) => (Root, Notes) = (root, notes);

    /// <summary>The network itself; its children are its layers.</summary>
    public LayerSummary Root { get; }

    /// <summary>What to know or to change, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>All rows, the network first, in the order of their calls.</summary>
    public IEnumerable<LayerSummary> Layers => Root.All;

    /// <summary>All parameters; those that are shared count once.</summary>
    public long Parameters => Layers.Sum(l => l.Parameters);

    /// <summary>Parameters that training may change.</summary>
    public long Trainable => Layers.Sum(l => l.Trainable);

    /// <summary>Multiply-adds for one example.</summary>
    public long MultiplyAdds => Layers.Sum(l => l.MultiplyAdds);

    /// <summary>Bytes of all layers' outputs for one example: what training keeps for the way back.</summary>
    public long OutputBytes => Layers.Where(l => l.Children.Count == 0).Sum(l => l.OutputBytes);

    /// <summary>Bytes of all parameters.</summary>
    public long ParameterBytes { get; private init; }

    internal static ModelSummary Of(nn.Module network, Trace.Call root)
    {
        var paths = network.named_modules()
            .DistinctBy(m => (object)m.module, ReferenceEqualityComparer.Instance)
            .ToDictionary(m => (object)m.module, m => m.name, ReferenceEqualityComparer.Instance);
        var (counted, called) = (new HashSet<nint>(), new HashSet<object>(ReferenceEqualityComparer.Instance));
        Mark(root);
        var listed = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var notes = new List<string>();
        var tree = Row(root, 0);
        var unseen = tree.All.Where(l => !l.WasCalled).ToList();
        if (unseen.Count > 0)
        {
            notes.Add(
                $"{string.Join(", ", unseen.Take(5).Select(l => l.Path))}"
                    + $"{(unseen.Count > 5 ? $" and {unseen.Count - 5} more" : "")}: shapes unknown, for the layer was not seen "
                    + "at work. "
                + "If the network's forward uses it by layer.forward(x), write layer.call(x); if it does not use it, take "
                + "it out.");
        }
        notes.AddRange(Registration.Problems(network));
        return new ModelSummary(tree,
            notes)
        { ParameterBytes = network.parameters().DistinctBy(p => p.Handle).Sum(p => p.numel() * p.ElementSize) };

        void Mark(Trace.Call call)
        {
            called.Add(call.Module);
            call.Children.ForEach(Mark);
        }

        LayerSummary Row(Trace.Call call, int depth)
        {
            var again = !listed.Add(call.Module);
            var row = Describe(call.Module, depth, again) with
            {
                Inputs = [.. (call.Inputs ?? []).Select(t => t.Shape)],
                Outputs = [.. (call.Outputs ?? []).Select(t => t.Shape)],
                OutputBytes = (call.Outputs ?? []).Sum(t => t.Bytes),
            };
            List<LayerSummary> children = [.. call.Children.Select(c => Row(c, depth + 1))];
            if (!again)
                children.AddRange(call.Module.named_children()
                    .Select(c => c.module)
                    .Where(m => !called.Contains(m))
                    .Select(m => Unseen(m, depth + 1))
                    .OfType<LayerSummary>());
            return row with { Children = children, MultiplyAdds = LayerFacts.MultiplyAdds(call.Module, row.Inputs, row.Outputs) };
        }

        LayerSummary? Unseen(nn.Module module, int depth) =>
            !listed.Add(module) ? null : Describe(module, depth, again: false) with
            {
                Children = [
                .. module.named_children()
                    .Select(c => c.module)
                    .Where(m => !called.Contains(m))
                    .Select(m => Unseen(m, depth + 1))
                    .OfType<LayerSummary>()],
            };

        LayerSummary Describe(nn.Module module, int depth, bool again)
        {
            var path = paths.GetValueOrDefault(module, "");
            var own = module.named_parameters(recurse: false).Select(p => p.parameter).ToList();
            var fresh = own.Where(p => counted.Add(p.Handle)).ToList();
            var (kernel, stride, padding) = LayerFacts.Window(module);
            return new LayerSummary(path[(path.LastIndexOf('.') + 1)..], path, LayerFacts.TypeOf(module), depth)
            {
                Kernel = kernel,
                Stride = stride,
                Padding = padding,
                Parameters = fresh.Sum(p => p.numel()),
                Trainable = fresh.Where(p => p.requires_grad).Sum(p => p.numel()),
                IsShared = again || fresh.Count < own.Count,
            };
        }
    }

    /// <summary>The lecture's own table: one row for each layer with weights or a window.</summary>
    public LayerTable ToLayerTable() => new(this);

    private static readonly string[] Headings = ["layer", "input", "output", "kernel", "stride", "padding", "parameters",
        "multiply-adds"];

    /// <summary>Comma-separated values, a row each, with a line of headings.</summary>
    public string ToCsv()
    {
        var csv = new StringBuilder(
            "path,type,depth,input,output,kernel,stride,padding,parameters,trainable,multiply_adds,output_bytes,shared\n");
        foreach (var l in Layers)
            csv.AppendLine(CultureInfo.InvariantCulture,
                $"{l.Path},{l.Type},{l.Depth},{Shapes(l.Inputs)},{Shapes(l.Outputs)},{Window(l.Kernel)},{Window(l.Stride)},"
                    + $"{Window(l.Padding)},{l.Parameters},{l.Trainable},{l.MultiplyAdds},{l.OutputBytes},{l.IsShared}");
        return csv.ToString().ReplaceLineEndings("\n");
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var rows = Layers.Select(l => new[]
        {
            $"{new string(' ', 2 * l.Depth)}{(l.Path.Length == 0 ? l.Type : $"{l.Name} ({l.Type})")}", Shapes(l.Inputs),
            Shapes(l.Outputs), Window(l.Kernel), Window(l.Stride), Window(l.Padding), Count(l), Number(l.MultiplyAdds),
        }).ToList();
        var widths = Headings.Select((h, i) => Math.Max(h.Length, rows.Max(r => r[i].Length))).ToArray();
        string Line(string[] cells) =>
            string.Join("  ", cells.Select((c, i) => i is 0 or 1 or 2 ? c.PadRight(widths[i]) : c.PadLeft(widths[i]))).TrimEnd();
        var rule = new string('─', widths.Sum() + 2 * (widths.Length - 1));
        return string.Join('\n',
            [rule, Line(Headings), rule, .. rows.Select(Line), rule, .. Totals.Select(t => $"{t.What,-22}{t.Value}"),
                .. Notes.Select(n => $"Note: {n}")]);
    }

    private IEnumerable<(string What, string Value)> Totals =>
    [
        ("parameters", $"{Parameters:N0}"),
        ("trainable", $"{Trainable:N0}"),
        ("multiply-adds", $"{MultiplyAdds:N0}"),
        ("memory of parameters", $"{ParameterBytes / 1048576.0:0.0} MB"),
        ("memory of outputs", $"{OutputBytes / 1048576.0:0.0} MB for one example"),
    ];

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var most = Math.Max(1, Layers.Max(l => l.Parameters));
        var rows = Layers.ToList();
        var ends = new Dictionary<LayerSummary, int>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < rows.Count; i++) ends[rows[i]] = i + rows[i].All.Count();
        var body = rows.Select((l, i) => Element("tr", ("data-depth", l.Depth),
            Element("th", ("scope", "row"), ("style", $"padding-left:{8 + 20 * l.Depth}px"),
                l.Children.Count > 0 && l.Depth > 0
                    ? Element("button", ("type", "button"), ("aria-expanded", "true"),
                        ("aria-label", $"{l.Path}: show or hide its layers"), "▾")
                    : null,
                l.Path.Length == 0 ? l.Type : l.Name,
                l.Path.Length == 0 ? null : Element("span", ("class", "type"), $" {l.Type}")),
            Cell(Shapes(l.Inputs)), Cell(Shapes(l.Outputs)), Cell(Window(l.Kernel)), Cell(Window(l.Stride)),
            Cell(Window(l.Padding)),
            Element("td", ("class", "number"), Count(l),
                Element("div", ("class", "bar"),
                    ("style", $"width:{Markup.Number(100.0 * l.Parameters / most)}%;background:{Palette.Kernel}"))),
            Element("td", ("class", "number"), Number(l.MultiplyAdds))));
        var table = Element("div", ("class", "scroll"),
            Element("table",
                Element("caption", $"{Root.Type}: {Parameters:N0} parameters, {MultiplyAdds:N0} multiply-adds for one example"),
            Element("thead", Element("tr", Headings.Select(h => Element("th", ("scope", "col"), h)))),
            Element("tbody", body)));
        var totals = Element("div", ("class", "totals"), Totals.Select(t => Element("div", Element("b", t.What), $" {t.Value}")));
        var assembly = typeof(ModelSummary).Assembly;
        return Interactive("dc-summary",
            Element("div", table, totals, Notes.Select(n => Element("div", ("class", "note"), $"⚠ {n}"))),
            Resource(assembly, "summary.css"), Resource(assembly, "summary.js"), "null");

        static Markup Cell(string text) => Element("td", text);
    }

    internal static string Shapes(IReadOnlyList<IReadOnlyList<long>>? shapes) =>
        shapes is null ? "?" : string.Join("; ", shapes.Select(s => s.Count == 0 ? "scalar" : string.Join('×', s)));

    /// <summary>A window's numbers: one where all are the same.</summary>
    internal static string Window(IReadOnlyList<long>? sizes) =>
        sizes is null ? "" : sizes.Distinct().Count() == 1 ? $"{sizes[0]}" : string.Join('×', sizes);

    private static string Count(LayerSummary l) => l is { IsShared: true, Parameters: 0 } ? "(shared)" : Number(l.Parameters);

    private static string Number(long value) => value == 0 ? "" : $"{value:N0}";
}
