using System.Globalization;
using DeepCourse.Display;
using static DeepCourse.Display.Markup;

namespace DeepCourse.Visuals;

/// <summary>Batch normalisation's four lines (Ioffe and Szegedy 2015) with the numbers of a batch put in.</summary>
public sealed class BatchNormLines : Figure
{
    private readonly IReadOnlyList<float> _x;
    private readonly double _gamma, _beta;

    /// <summary>Computes them for one feature.</summary>
    /// <param name="values">x₁ to x_m: the feature in each example of the batch; two to a dozen read well.</param>
    /// <param name="gamma">γ, which is learned.</param>
    /// <param name="beta">β, which is learned.</param>
    /// <param name="epsilon">ε, against dividing by 0.</param>
    /// <exception cref="ArgumentException">Fewer than two values: there is no spread to measure.</exception>
    public BatchNormLines(IReadOnlyList<float> values, double gamma = 1, double beta = 0, double epsilon = 1e-5)
    {
        if (values.Count < 2)
            throw new ArgumentException($"A batch of {values.Count} has no spread to measure; give two values or more.",
                nameof(values));
        (_x, _gamma, _beta) = (values, gamma, beta);
        Mean = values.Average();
        Variance = values.Sum(x => (x - Mean) * (x - Mean)) / values.Count;
        Normalized = [.. values.Select(x => (x - Mean) / Math.Sqrt(Variance + epsilon))];
        Output = [.. Normalized.Select(x => gamma * x + beta)];
    }

    /// <summary>μ.</summary>
    public double Mean { get; }

    /// <summary>σ², divided by m, not by m − 1.</summary>
    public double Variance { get; }

    /// <summary>x̂: mean 0, variance 1.</summary>
    public IReadOnlyList<double> Normalized { get; }

    /// <summary>y.</summary>
    public IReadOnlyList<double> Output { get; }

    private IEnumerable<(string What, string Formula, string Numbers, string Colour)> Lines =>
    [
        ("the batch", $"x₁ … x{Subscript(_x.Count)}", List(_x.Select(x => (double)x)), Palette.Input),
        ("mini-batch mean", "μ = (x₁ + … + xₘ)/m", Show(Mean), Palette.Kernel),
        ("mini-batch variance", "σ² = ((x₁ − μ)² + … + (xₘ − μ)²)/m", Show(Variance), Palette.Kernel),
        ("normalize", "x̂ᵢ = (xᵢ − μ)/√(σ² + ε)", List(Normalized), Palette.Training),
        ("scale and shift", $"yᵢ = γ x̂ᵢ + β, γ = {Show(_gamma)}, β = {Show(_beta)}", List(Output), Palette.Output),
    ];

    /// <inheritdoc/>
    public override Markup ToHtml() =>
        Element("div", ("style", "overflow-x:auto;font-size:17px;"),
            Element("table", ("style", "border-collapse:collapse;font-variant-numeric:tabular-nums;"),
                ("aria-label", "batch normalisation, line by line"),
        Element("tbody", Lines.Select(l => Element("tr",
            Element("th", ("scope", "row"),
                ("style", $"text-align:left;padding:4px 14px 4px 8px;border-left:6px solid {l.Colour};font-weight:normal;"),
                l.What),
            Element("td", ("style", "text-align:left;padding:4px 18px;font-style:italic;"), l.Formula),
            Element("td", ("style", "text-align:left;padding:4px 8px;font-weight:bold;"), l.Numbers))))));

    /// <inheritdoc/>
    public override string ToText() => string.Join('\n', Lines.Select(l => $"{l.What,-20} {l.Formula} = {l.Numbers}"));

    private static string List(IEnumerable<double> values) => string.Join("  ", values.Select(Show));

    private static string Show(double value) =>
        value.ToString(Math.Abs(value) is > 0 and < 0.1 ? "0.0000" : "0.00", CultureInfo.InvariantCulture).Replace('-', '−');

    private static string Subscript(int number) =>
        string.Concat(number.ToString(CultureInfo.InvariantCulture).Select(d => (char)('₀' + d - '0')));
}
