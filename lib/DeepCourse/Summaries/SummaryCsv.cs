using System.Text;
using static DeepCourse.Summaries.SummaryCells;

namespace DeepCourse.Summaries;

/// <summary>A summary as comma-separated values: a line of headings, and a line for each row.</summary>
internal static class SummaryCsv
{
    public static string Of(ModelSummary summary)
    {
        var csv = new StringBuilder(
            "path,type,depth,input,output,kernel,stride,padding,parameters,trainable,multiply_adds,output_bytes,shared\n");
        foreach (var l in summary.Layers)
        {
            string[] cells =
            [
                l.Path, l.Type, Digits(l.Depth), Shapes(l.Inputs), Shapes(l.Outputs), Window(l.Kernel), Window(l.Stride),
                Window(l.Padding), Digits(l.Parameters), Digits(l.Trainable), Digits(l.MultiplyAdds), Digits(l.OutputBytes),
                l.IsShared ? "True" : "False",
            ];
            csv.AppendJoin(',', cells.Select(Quoted)).Append('\n');
        }
        return csv.ToString();
    }

    /// <summary>A cell as RFC 4180 writes it: in quotation marks where it has a comma, a mark or a line's end.</summary>
    private static string Quoted(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\r\n") < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
