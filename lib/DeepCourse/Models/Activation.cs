using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>A function that stands between layers and keeps them from collapsing into one.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Formula">How it is written.</param>
/// <param name="Function">The function, value by value.</param>
public sealed record Activation(string Name, string Formula, Func<Tensor, Tensor> Function)
{
    /// <summary>The six of the lecture; softmax, which needs several inputs, as two classes with logits x and 0.</summary>
    public static IReadOnlyList<Activation> All { get; } =
    [
        new("sigmoid", "1 / (1 + e⁻ˣ)", x => x.sigmoid()),
        new("tanh", "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)", x => x.tanh()),
        new("ReLU", "max(0, x)", x => x.relu()),
        new("leaky ReLU", "max(0.1·x, x)", x => nn.functional.leaky_relu(x, 0.1)),
        new("ELU", "x if x > 0, else eˣ − 1", x => nn.functional.elu(x, 1)),
        new("softmax", "eˣ / (eˣ + e⁰), of the logits (x, 0)", x => nn.functional.softmax(stack([x, zeros_like(x)]), 0)[0]),
    ];

    /// <summary>The function's values and its derivative's at <paramref name="x"/>, the derivative by automatic
    /// differentiation.</summary>
    /// <param name="x">Any number of points.</param>
    public (float[] Values, float[] Derivatives) At(IReadOnlyList<float> x)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        var input = tensor([.. x], requires_grad: true);
        var output = Function(input);
        output.sum().backward();
        return (output.ToFloats(), input.grad!.ToFloats());
    }
}
