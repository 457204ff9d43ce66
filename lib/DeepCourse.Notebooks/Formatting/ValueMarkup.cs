using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>A <see cref="ValueTree"/> as HTML: tables for objects and for lists of objects, what is inside them closed until
/// somebody opens it.</summary>
internal static class ValueMarkup
{
    private const string Cell =
        "text-align:left;vertical-align:top;padding:2px 10px 2px 0;border:0;background:none;color:inherit";

    private const string Style = $$"""
        .dc-value table{border-collapse:collapse;margin:2px 0;font-size:inherit}
        .dc-value th,.dc-value td{{{Cell}}}
        .dc-value thead th{border-bottom:1px solid currentColor}
        .dc-value pre{margin:0;background:none;color:inherit;white-space:pre-wrap}
        .dc-value summary{cursor:pointer}
        """;

    public static string Write(ValueTree tree) => tree is ValueTree.Leaf or ValueTree.Sequence { IsFlat: true }
        // as the package does it, for what looks for that
        ? Element("div", ("class", "dni-plaintext"), Element("pre", ValueText.Write(tree))).ToString()
        : Element("div", ("class", "dc-value"), Element("style", Style), Show(tree, isOpen: true)).ToString();

    private static Markup Show(ValueTree tree, bool isOpen) => tree switch
    {
        ValueTree.Record record => Details(record.Own ?? record.Type, isOpen, Element("table", Element("tbody",
            record.Members.Select(m => Element("tr", Element("th", ("scope", "row"), m.Name),
                Element("td", Show(m.Value, isOpen: false)))),
            record.More is null ? null : Element("tr", Element("td", ("colspan", "2"), record.More))))),
        ValueTree.Sequence { IsFlat: false } list => Details(list.Type ?? "", isOpen, Rows(list)),
        _ => Element("pre", ValueText.Write(tree)),
    };

    private static Markup Details(string summary, bool isOpen, Markup content) => summary.Length == 0 ? content
        : Element("details", ("open", isOpen ? "" : null), Element("summary", Element("code", summary)), content);

    /// <summary>A row for each item; a column for each name, where all are objects without a text of their own.</summary>
    private static Markup Rows(ValueTree.Sequence list)
    {
        var isTable = list.Items.All(i => i is ValueTree.Record { Own: null });
        List<string> names = isTable
            ? [.. list.Items.Cast<ValueTree.Record>().SelectMany(r => r.Members.Select(m => m.Name)).Distinct()]
            : [];
        return Element("table",
            isTable
                ? Element("thead", Element("tr", Element("th"), names.Select(n => Element("th", ("scope", "col"), n))))
                : null,
            Element("tbody",
                list.Items.Select((item, i) => Element("tr", Element("th", ("scope", "row"), $"{i}"), Cells(item, names))),
                list.More is null ? null : Element("tr", Element("td", ("colspan", $"{names.Count + 2}"), list.More))));
    }

    private static IEnumerable<Markup> Cells(ValueTree item, List<string> names) => names.Count == 0
        ? [Element("td", Show(item, isOpen: false))]
        : names.Select(n => Element("td",
            ((ValueTree.Record)item).Members.Where(m => m.Name == n).Select(m => Show(m.Value, isOpen: false)).Take(1)));
}
