using System.Text;

namespace DeepCourse.Notebooks.Engine;

/// <summary>
/// The process's standard output or error while notebooks run: what is written goes to the cell it was written for. It never
/// throws, and it hands over inside a <c>finally</c>, because an interrupt aborts the thread anywhere else.
/// </summary>
internal sealed class ConsoleWriter(TextWriter original, bool isError) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine() => Write("\n");

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value)) return;
        var cell = CellScope.Current;
        try
        {
        }
        finally
        {
            if (cell is not null) cell.Output.Write(value, isError);
            else original.Write(value);
        }
        cell?.Output.Pace();
    }

    /// <summary>Puts writers and a reader in the place of the console's, once for the process.</summary>
    public static void Install()
    {
        if (s_installed) return;
        s_installed = true;
        Console.SetOut(new ConsoleWriter(Console.Out, isError: false));
        Console.SetError(new ConsoleWriter(Console.Error, isError: true));
        Console.SetIn(new ConsoleReader());
    }

    private static bool s_installed;
}
