using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>A branch of a tree: a name, a line about it, and what hangs on it.</summary>
public sealed record TreeNode(string Name, string Detail, params IReadOnlyList<TreeNode> Children);

/// <summary>A tree from left to right, such as a piece of a hierarchy of words.</summary>
public sealed class TreeFigure(TreeNode root) : Figure
{
    private const double Column = 236, Row = 50;

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        var (parts, leaf) = (new List<Markup>(), 0);
        var depth = 0;
        Place(root, 0);
        return Drawing.Svg((depth + 1) * Column, leaf * Row + 10, ToText(), parts);

        double Place(TreeNode node, int level)
        {
            depth = Math.Max(depth, level);
            double x = level * Column + 8;
            List<double> children = [.. node.Children.Select(c => Place(c, level + 1))];
            var y = children.Count > 0 ? (children[0] + children[^1]) / 2 : leaf++ * Row + 24;
            foreach (var child in children)
                parts.Add(
                    Element("path",
                        ("d",
                            $"M{Number(x + Column - 60)} {Number(y)}C{Number(x + Column - 30)} {Number(y)} "
                                + $"{Number(x + Column - 38)} {Number(child)} {Number(x + Column - 8)} {Number(child)}"),
                                ("fill", "none"), ("stroke", Palette.Input), ("stroke-width", 2)));
            parts.Add(Drawing.Text(x, y + 2, node.Name, 18, more: ("font-weight", "bold")));
            parts.Add(Drawing.Text(x, y + 21, node.Detail, more: ("fill-opacity", "0.8")));
            return y;
        }
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        return string.Join('\n', Lines(root, 0));

        static IEnumerable<string> Lines(TreeNode node, int level) =>
            node.Children.SelectMany(c => Lines(c, level + 1)).Prepend($"{new string(' ', 2 * level)}{node.Name}: {node.Detail}");
    }
}
