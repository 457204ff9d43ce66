namespace DeepCourse.Notebooks.Engine;

/// <summary>Standard input while notebooks run: every line is asked of the person in front of the cell.</summary>
internal sealed class ConsoleReader : TextReader
{
    private string _rest = "";
    private int _at;

    public override string ReadLine()
    {
        if (_at < _rest.Length)
        {
            var line = _rest[_at..].TrimEnd('\n');
            _at = _rest.Length;
            return line;
        }
        return Ask("", false);
    }

    public override int Read()
    {
        Fill();
        return _rest[_at++];
    }

    public override int Peek()
    {
        Fill();
        return _rest[_at];
    }

    /// <summary>Asks the person in front of the running cell.</summary>
    public static string Ask(string prompt, bool isPassword) => CellScope.Current?.Input is { } input
        ? input.ReadLine(prompt, isPassword)
        : throw new InvalidOperationException(
            "This front-end can't ask for input: the notebook is run by a program. Give the value in the cell instead.");

    private void Fill()
    {
        if (_at < _rest.Length) return;
        _rest = Ask("", false) + "\n";
        _at = 0;
    }
}
