namespace DeepCourse.Vision;

/// <summary>A rectangle of pixels with what is in it.</summary>
/// <param name="Label">The class.</param>
/// <param name="Row">Its upper edge.</param>
/// <param name="Column">Its left edge.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct Box(int Label, int Row, int Column, int Height, int Width)
{
    /// <summary>How much two boxes have in common: the area of the overlap over that of both together, from 0 to 1 (intersection
    /// over union).</summary>
    public double Overlap(Box other)
    {
        double height = Math.Max(0, Math.Min(Row + Height, other.Row + other.Height) - Math.Max(Row, other.Row));
        double width = Math.Max(0, Math.Min(Column + Width, other.Column + other.Width) - Math.Max(Column, other.Column));
        return height * width / (Height * Width + other.Height * other.Width - height * width);
    }
}
