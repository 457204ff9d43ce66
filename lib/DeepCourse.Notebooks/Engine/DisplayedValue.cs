using DeepCourse.Notebooks.Engine;
using DeepCourse.Notebooks.Formatting;

namespace Microsoft.DotNet.Interactive;

/// <summary>Something shown below a cell, that can be replaced while the cell runs or later.</summary>
public sealed class DisplayedValue
{
    private readonly string[] _mimeTypes;

    internal DisplayedValue(string[] mimeTypes) => _mimeTypes = mimeTypes;

    /// <summary>The identity under which front-ends know it.</summary>
    public string DisplayId { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Replaces what is shown by <paramref name="updatedValue"/>.</summary>
    public void Update(object? updatedValue) => Send(updatedValue, isUpdate: true);

    internal void Show(object? value) => Send(value, isUpdate: false);

    private void Send(object? value, bool isUpdate)
    {
        var bundle = value as MimeBundle ?? ValueFormatter.Format(value, _mimeTypes);
        if (CellScope.Current is not { } cell) // the cell that updates it, which need not be the one that showed it
        {
            Console.WriteLine(bundle.PlainText);
            return;
        }
        try
        {
        }
        finally // an interrupt aborts anywhere else
        {
            cell.Output.Display(bundle, DisplayId, isUpdate);
        }
    }
}
