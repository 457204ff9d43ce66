using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>The parameter table of any network.</summary>
public static class SummaryExtensions
{
    /// <summary>
    /// The layers of a network with shapes, parameters and work, for one example. Nothing is computed where that can be avoided,
    /// and a network on the meta device needs no memory for weights: <c>Vgg16.Create(device: META).Summary(3, 224, 224)</c>. The
    /// network is left as it was, and so are the random numbers to come. It is looked at in evaluation mode; inputs are zeros of
    /// its weights' type, or numbers of words where it begins with an embedding.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="inputShape">The shape of one example, without the batch, such as 3, 224, 224.</param>
    /// <exception cref="ArgumentException">The network does not take such an input; the message says which layer refused it, and
    /// why.</exception>
    public static ModelSummary Summary(this nn.Module network, params long[] inputShape)
    {
        if (inputShape.Length == 0 || inputShape.Any(s => s < 1))
            throw new ArgumentException(
                "The shape of one example is wanted, without the batch, such as Summary(3, 224, 224); this is "
                    + $"({SummaryCells.List(inputShape)}).", nameof(inputShape));
        return ModelSummary.Of(network, Observation.OfShape(network, inputShape));
    }

    /// <summary>The same for any inputs, such as words by number, or several tensors; shapes are then whole, and counts are for
    /// all of them.</summary>
    /// <param name="network">The network, with weights.</param>
    /// <param name="inputs">What it is called with. They stay the caller's.</param>
    /// <exception cref="ArgumentException">The network does not take such inputs.</exception>
    public static ModelSummary Summary(this nn.Module network, params Tensor[] inputs) =>
        ModelSummary.Of(network, Observation.OfInputs(network, inputs));
}
