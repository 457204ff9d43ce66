using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>
/// LeNet-5 (LeCun et al. 1998), for grey images of 28×28: two convolutions of 5×5 with pooling, then three linear layers. With
/// the paper's tanh and mean pooling, a plain linear output in place of its radial basis functions, and every channel of the
/// second convolution connected to all of the first. 61,706 parameters for ten classes.
/// </summary>
public sealed class LeNet5 : nn.Module<Tensor, Tensor>
{
    private readonly Sequential features, classifier;

    private LeNet5(int classes) : base(nameof(LeNet5))
    {
        features = nn.Sequential(
            ("conv1", nn.Conv2d(1, 6, 5, padding: 2, device: META)), ("tanh1", nn.Tanh()), ("pool1", nn.AvgPool2d(2)),
            ("conv2", nn.Conv2d(6, 16, 5, device: META)), ("tanh2", nn.Tanh()), ("pool2", nn.AvgPool2d(2)));
        classifier = nn.Sequential(
            ("flatten", nn.Flatten()),
            ("fc1", nn.Linear(16 * 5 * 5, 120, device: META)), ("tanh1", nn.Tanh()),
            ("fc2", nn.Linear(120, 84, device: META)), ("tanh2", nn.Tanh()),
            ("fc3", nn.Linear(84, Initialization.Classes(classes), device: META)));
        RegisterComponents();
    }

    /// <summary>The network with random weights, uniform in ±2.4/inputs as in the paper.</summary>
    /// <param name="classes">How many classes it tells apart.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="device">The CPU when left out; on the meta device it has no weights, only shapes.</param>
    public static LeNet5 Create(int classes = 10, long seed = 1, Device? device = null) =>
        Initialization.Begin(new LeNet5(classes), device, seed, (module, generator) =>
    {
        var (weight, bias) = module switch
        {
            Convolution c => (c.weight, c.bias),
            Linear l => (l.weight, l.bias),
            _ => (null, null)
        };
        if (weight is null) return;
        var bound = 2.4 / (weight.numel() / weight.shape[0]);
        weight.uniform_(-bound, bound, generator);
        bias!.uniform_(-bound, bound, generator);
    });

    /// <summary>Logits N×classes of images N×1×28×28.</summary>
    public override Tensor forward(Tensor input)
    {
        using var maps = features.call(input);
        return classifier.call(maps);
    }
}
