using static TorchSharp.torch;

namespace DeepCourse.Vision;

public sealed class ReceptiveFieldTests
{
    [Fact]
    public void Three_convolutions_of_3_see_as_much_as_one_of_7() =>
        Assert.Equal(7, ReceptiveField.Of(32, new("a", 3), new("b", 3), new("c", 3))[^1].Size);

    [Fact]
    public void AlexNet_s_first_layers_see_what_is_published() // Araujo, Norris and Sim, 2019: 195 before the classifier
    {
        var fields = ReceptiveField.Of(227, new("conv1", 11, 4), new("pool1", 3, 2), new("conv2", 5, 1, 2), new("pool2", 3, 2),
            new("conv3", 3, 1, 1), new("conv4", 3, 1, 1), new("conv5", 3, 1, 1), new("pool5", 3, 2));
        Assert.Equal([1, 11, 19, 51, 67, 99, 131, 163, 195], fields.Select(f => f.Size));
        Assert.Equal((6, 32), (fields[^1].Outputs, fields[^1].Jump));
    }

    [Fact]
    public void A_neuron_s_gradient_reaches_exactly_its_field()
    {
        using var scope = NewDisposeScope();
        ReceptiveField.Layer2D[] layers = [new("conv", 3, 1, 1), new("pool", 2, 2), new("conv", 3, 1, 1),
            new("strided", 5, 2, 2)];
        var field = ReceptiveField.Of(40, layers)[^1];
        var image = zeros(1, 1, 40, 40).requires_grad_(true);
        var h = layers.Aggregate(image,
            (x, l) => nn.functional.conv2d(x, ones(1, 1, l.Kernel, l.Kernel), strides: [l.Stride, l.Stride],
                padding: [l.Padding, l.Padding]));
        Assert.Equal(field.Outputs, h.shape[2]);
        h[0, 0, 5, 5].backward();
        var reached = image.grad![0, 0].sum(dim: 1).nonzero().flatten().data<long>().ToArray();
        Assert.Equal(field.Of(5), ((int)reached.Min(), (int)reached.Max() + 1));
    }
}
