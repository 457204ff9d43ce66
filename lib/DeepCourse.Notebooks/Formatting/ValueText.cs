using System.Text;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>A <see cref="ValueTree"/> in words: flat lists in a line, everything else a line for each part, indented.</summary>
internal static class ValueText
{
    public static string Write(ValueTree tree)
    {
        var text = new StringBuilder();
        Write(text, tree, 0);
        return text.ToString();
    }

    private static void Write(StringBuilder text, ValueTree tree, int indent)
    {
        switch (tree)
        {
            case ValueTree.Leaf leaf:
                text.Append(leaf.Text.Replace("\n", "\n" + Space(text.Length == 0 ? 0 : indent + 1), StringComparison.Ordinal));
                break;
            case ValueTree.Sequence { IsFlat: true } list:
                var (open, close) = list.Type is "" ? ("( ", " )") : ("[ ", " ]");
                text.Append(open)
                    .AppendJoin(", ",
                    list.Items.Select(i => ((ValueTree.Leaf)i).Text).Append(list.More).Where(t => t is not null))
                    .Append(close);
                break;
            case ValueTree.Sequence list:
                text.Append(list.Type);
                foreach (var item in list.Items)
                {
                    NewLine(text, indent + 1).Append("- ");
                    if (item is ValueTree.Record { Own: null } record) WriteMembers(text, record, indent + 2, isInLine: true);
                    else Write(text, item, indent + 1);
                }
                if (list.More is not null) NewLine(text, indent + 1).Append(list.More);
                break;
            case ValueTree.Record { Own: { } own }:
                text.Append(own.ReplaceLineEndings("\n").Replace("\n", "\n" + Space(indent), StringComparison.Ordinal));
                break;
            case ValueTree.Record record:
                text.Append(record.Type); // nothing, where the type has no name
                var isFirst = text.Length == 0;
                WriteMembers(text, record, isFirst ? indent : indent + 1, isInLine: isFirst);
                break;
        }
    }

    private static void WriteMembers(StringBuilder text, ValueTree.Record record, int indent, bool isInLine)
    {
        foreach (var (name, value) in record.Members)
        {
            if (!isInLine) NewLine(text, indent);
            isInLine = false;
            text.Append(name).Append(": ");
            Write(text, value, indent);
        }
        if (record.More is not null) NewLine(text, indent).Append(record.More);
    }

    private static StringBuilder NewLine(StringBuilder text, int indent) => text.Append('\n').Append(Space(indent));

    private static string Space(int indent) => new(' ', indent * 2);
}
