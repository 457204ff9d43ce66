namespace Microsoft.DotNet.Interactive;

/// <summary>A formula in LaTeX, which front-ends typeset: <c>(LaTeXString)@"$\sum_i w_i x_i$"</c>. Existing C# notebooks show
/// formulas by this name.</summary>
public class LaTeXString
{
    /// <summary>Holds <paramref name="latexCode"/> as it is, dollar signs or an environment included.</summary>
    public LaTeXString(string latexCode) => Code = latexCode;

    internal string Code { get; }

    /// <summary>Makes a formula of text.</summary>
    public static implicit operator LaTeXString(string source) => new(source);

    /// <inheritdoc/>
    public override string ToString() => Code;
}

/// <summary>A formula in LaTeX on a line of its own, written without dollar signs.</summary>
public sealed class MathString : LaTeXString
{
    /// <summary>Puts <paramref name="latexCode"/> between double dollar signs.</summary>
    public MathString(string latexCode) : base($"$${latexCode}$$")
    {
    }

    /// <summary>Makes a formula of text.</summary>
    public static implicit operator MathString(string source) => new(source);
}
