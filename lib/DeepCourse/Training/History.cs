using System.Globalization;
using System.Text;
using DeepCourse.Display;

namespace DeepCourse.Training;

/// <summary>
/// What a training measured, epoch by epoch. In a notebook it shows itself as curves; <c>Chart()</c>, <c>Table()</c> and
/// <see cref="ToCsv"/> are other views of it.
/// </summary>
public sealed class History : Figure
{
    private readonly List<EpochResult> _epochs = [];
    private readonly List<float> _stepLosses = [];

    /// <summary>Name of the training, for comparisons.</summary>
    public string Name { get; set; } = "";

    /// <summary>The epochs, the first one first.</summary>
    public IReadOnlyList<EpochResult> Epochs => _epochs;

    /// <summary>The loss of every step, as far as it was read back.</summary>
    public IReadOnlyList<float> StepLosses => _stepLosses;

    /// <summary>The latest epoch.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public EpochResult Last =>
        _epochs.Count > 0 ? _epochs[^1] : throw new InvalidOperationException("No epoch was finished, so nothing was measured.");

    /// <summary>Names of what was measured, in order.</summary>
    public IReadOnlyList<string> Columns => [.. _epochs.SelectMany(e => e.Values.Keys).Distinct()];

    /// <summary>Why it ended.</summary>
    public StopReason Reason { get; internal set; }

    /// <summary>The same in a sentence.</summary>
    public string Message { get; internal set; } = "";

    /// <summary>The epoch, from 1 on, whose weights the network has; null where it simply has the last ones.</summary>
    public int? Restored { get; internal set; }

    /// <summary>One of the columns, epoch by epoch; NaN where it was not measured.</summary>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    public IReadOnlyList<double> this[string column] =>
        _epochs.Count == 0 || Columns.Contains(column) ? [.. _epochs.Select(e => e.Values.GetValueOrDefault(column, double.NaN))]
        : throw new ArgumentException($"There is no column “{column}”; there are: {string.Join(", ", Columns)}.", nameof(column));

    /// <summary>The epoch with the best value of a column: the largest of an accuracy, the smallest of a loss or an error; of
    /// anything else it must be said.</summary>
    public EpochResult Best(string column = Measured.ValidationLoss, Mode mode = Mode.Auto)
    {
        _ = Last;
        var values = this[column];
        var best = Enumerable.Range(0, values.Count).Where(i => !double.IsNaN(values[i])).ToList();
        if (best.Count == 0) throw new InvalidOperationException($"“{column}” was never a number.");
        return _epochs[mode.IsMax(column) ? best.MaxBy(i => values[i]) : best.MinBy(i => values[i])];
    }

    /// <summary>Comma-separated values: a line of headings, a line for each epoch.</summary>
    public string ToCsv()
    {
        var csv = new StringBuilder($"epoch,{string.Join(',', Columns)}\n");
        foreach (var epoch in _epochs)
            csv.Append(CultureInfo.InvariantCulture,
                $"{epoch.Number},"
                    + $"{string.Join(',',
                        Columns.Select(c => epoch.Values.TryGetValue(c, out var v)
                            ? v.ToString("R", CultureInfo.InvariantCulture)
                            : ""))}\n");
        return csv.ToString();
    }

    /// <inheritdoc/>
    public override Markup ToHtml() => Drawings.Of(this).ToHtml();

    /// <inheritdoc/>
    public override string ToText() => Drawings.Of(this).ToText();

    internal void Add(EpochResult epoch, IEnumerable<float> stepLosses)
    {
        _epochs.Add(epoch);
        AddSteps(stepLosses);
    }

    internal void AddSteps(IEnumerable<float> losses) => _stepLosses.AddRange(losses);
}
