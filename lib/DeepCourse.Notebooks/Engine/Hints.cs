using System.Text.RegularExpressions;

namespace DeepCourse.Notebooks.Engine;

/// <summary>A line of help beside a message that a student can't be expected to understand.</summary>
internal static partial class Hints
{
    /// <summary>What scripts can't do, in words; null where the compiler's own message will do.</summary>
    /// <param name="id">The compiler's number.</param>
    /// <param name="message">The compiler's message.</param>
    /// <param name="line">The line of code that it is about.</param>
    public static string? ForCompiler(string id, string message, string line) => id switch
    {
        _ when UsingVariable().IsMatch(line) =>
            "A cell can't hold 'using var' at its top level. Write 'var …' and dispose it at the end, or put the lines into "
                + "braces: { using var …; }",
        _ when ExtensionVariable().IsMatch(line) =>
            "'extension' is a word of the language since C# 14. A variable of that name is written @extension, or better gets "
                + "another one.",
        "CS0120" =>
            "A class or static method can't see the variables of cells. Pass the value in: give it a parameter or a constructor "
                + "argument.",
        "CS7021" => "A cell can't declare a namespace. Leave it out: types of one cell are known in all that follow.",
        "CS1109" =>
            "A cell can't declare extension methods. Declare an ordinary method and call it with its argument: Twice(x) rather "
                + "than x.Twice().",
        "CS8345" or "CS4012" or "CS9202" or "CS9244" =>
            "A Span can't be a variable of a cell, because cells keep their variables. Use an array, or put the lines into a "
                + "method.",
        "CS0029" or "CS0266" when Quoted().Matches(message) is [var from, var to, ..]
            && from.Groups[1].Value.Split('.')[^1] == to.Groups[1].Value.Split('.')[^1] =>
            $"'{to.Groups[1].Value}' was defined again since the variable was declared: they are two types of one name. Declare "
                + "the variable anew, with 'var'.",
        "CS0246" or "CS0103" when Libraries().Match(message) is { Success: true } name =>
            "Is a using missing? Notebooks of the course begin "
                + $"with: {(name.Groups[1].Value is "tensor" or "ones" or "zeros" or "randn" or "nn"
                    ? "using static TorchSharp.torch;"
                    : "using TorchSharp;")}",
        _ => null,
    };

    /// <summary>What libtorch's messages about shapes, and a few others, mean; null for the rest.</summary>
    public static string? ForRuntime(Exception exception)
    {
        if (exception is InsufficientExecutionStackException)
            return "The code calls itself without an end, or deeper than the stack can hold.";
        var message = exception.Message;
        if (MatrixShapes().Match(message) is { Success: true } m)
            return $"A {m.Groups[1]}×{m.Groups[2]} matrix can't be multiplied by a {m.Groups[3]}×{m.Groups[4]} one: the first "
                + $"has {m.Groups[2]} columns, the second {m.Groups[3]} rows, and these must be equal. "
                + $"In front of a Linear layer, the input's last dimension ({m.Groups[2]}) must be the layer's number of inputs "
                + $"({m.Groups[3]}).";
        if (Channels().Match(message) is { Success: true } c)
            return $"The layer was made for {c.Groups[2]} input channels and got {c.Groups[3]}. The input "
                + $"is {c.Groups[1].Value.Replace(", ", "×", StringComparison.Ordinal)}, read as N×C×H×W: batch, channels, "
                + "height, width.";
        if (ConvolutionInput().Match(message) is { Success: true } d)
            return "A convolution takes N×C×H×W, or C×H×W for one image; the input "
                + $"is {d.Groups[1].Value.Replace(", ", "×", StringComparison.Ordinal)}. Add the missing dimension with "
                + "x.unsqueeze(0) (batch) or x[.., None] (elsewhere).";
        if (Broadcast().Match(message) is { Success: true } b)
            return $"The two shapes don't fit element by element: in dimension {b.Groups[3]} one has {b.Groups[1]} and the "
                + $"other {b.Groups[2]}. They must be equal, or one of them 1. Print x.shape of both.";
        if (message.Contains("Expected all tensors to be on the same device", StringComparison.Ordinal))
            return "One tensor is on the CPU and another on the GPU. Move it: x = x.to(device).";
        if (message.Contains("does not require grad", StringComparison.Ordinal))
            return "Nothing that led to this value asks for a gradient. Was it computed under no_grad(), or from tensors without "
                + "requires_grad: true?";
        return null;
    }

    [GeneratedRegex(@"^\s*(await\s+)?using\s+(var|[\w<>,.\[\]?]+)\s+\w+\s*=(?!=)")]
    private static partial Regex UsingVariable();

    [GeneratedRegex(@"(^|;)\s*extension\s*[.(\[=]")]
    private static partial Regex ExtensionVariable();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"'(torch|tensor|ones|zeros|randn|nn|Tensor)'")]
    private static partial Regex Libraries();

    [GeneratedRegex(@"mat1 and mat2 shapes cannot be multiplied \((\d+)x(\d+) and (\d+)x(\d+)\)")]
    private static partial Regex MatrixShapes();

    [GeneratedRegex(@"expected input\[([\d, ]+)\] to have (\d+) channels, but got (\d+) channels")]
    private static partial Regex Channels();

    [GeneratedRegex(@"Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d, but got input of size: \[([\d, ]*)\]")]
    private static partial Regex ConvolutionInput();

    [GeneratedRegex(@"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)")]
    private static partial Regex Broadcast();
}
