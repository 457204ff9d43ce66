using DeepCourse.Weights;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>
/// The residual networks (He et al. 2016): every block computes what is to be <em>added</em> to its input. <see cref="ResNet18"/>
/// and its kin make them. Layer names are torchvision's; so is the place of the stride in a bottleneck, its 3×3 convolution.
/// </summary>
public sealed class ResNet : nn.Module<Tensor, Tensor>
{
    // Named as in torchvision: a field's name is a weight's key.
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly nn.Module<Tensor, Tensor> maxpool;
    private readonly Sequential layer1, layer2, layer3, layer4;
    private readonly AdaptiveAvgPool2d avgpool;
    private readonly Linear fc;

    private ResNet(ResNetDesign design, int classes) : base(design.Name)
    {
        var width = design.Width;
        conv1 = design.ForSmallImages
            ? nn.Conv2d(design.Channels, width, 3, padding: 1, bias: false, device: META)
            : nn.Conv2d(design.Channels, width, 7, stride: 2, padding: 3, bias: false, device: META);
        bn1 = nn.BatchNorm2d(width, device: META);
        maxpool = design.ForSmallImages ? nn.Identity() : nn.MaxPool2d(3, 2, 1);
        var channels = width;
        layer1 = Stage(0, stride: 1);
        layer2 = Stage(1, stride: 2);
        layer3 = Stage(2, stride: 2);
        layer4 = Stage(3, stride: 2);
        avgpool = nn.AdaptiveAvgPool2d((1, 1));
        fc = nn.Linear(channels, Initialization.Classes(classes), device: META);
        RegisterComponents();

        Sequential Stage(int number, int stride)
        {
            var blocks = new List<nn.Module<Tensor, Tensor>>();
            for (var i = 0; i < design.Blocks[number]; i++)
            {
                nn.Module<Tensor, Tensor> block = design.Block == ResidualBlock.Basic
                    ? new BasicBlock(channels, width << number, i == 0 ? stride : 1, design.HasShortcuts)
                    : new Bottleneck(channels, width << number, i == 0 ? stride : 1, design.HasShortcuts);
                blocks.Add(block);
                channels = (width << number) * (design.Block == ResidualBlock.Basic ? 1 : Bottleneck.Expansion);
            }
            return nn.Sequential(blocks);
        }
    }

    /// <summary>A network of any design, with random weights: He's for convolutions, batch norm 1 and 0, PyTorch's own for the
    /// last layer.</summary>
    /// <param name="design">Its blocks and sizes.</param>
    /// <param name="classes">How many classes it tells apart.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="device">The CPU when left out; on the meta device it has no weights, only shapes.</param>
    /// <exception cref="ArgumentException">The design has not four stages of at least one block.</exception>
    public static ResNet Create(ResNetDesign design, int classes, long seed = 1, Device? device = null)
    {
        if (design.Blocks.Count != 4 || design.Blocks.Any(b => b < 1))
            throw new ArgumentException(
                $"A residual network has four stages of at least one block; these are [{string.Join(", ", design.Blocks)}].",
                nameof(design));
        return Initialization.Begin(new ResNet(design, classes), device, seed, (module, generator) =>
        {
            if (module is Convolution convolution) Initialization.He(convolution, generator);
            if (module is Linear linear) Initialization.Uniform(linear, generator);
        });
    }

    internal static ResNet Create<T>(
        ResNetDesign design,
        PretrainedWeights<T>? weights,
        int classes,
        long seed,
        Device? device) where T : Published<T> =>
        weights is null
            ? Create(design, classes, seed, device)
            : Pretraining.Load(new ResNet(design, classes), weights, classes, "fc", seed, device);

    /// <summary>Logits N×classes of images N×3×H×W, normalised as <see cref="Preprocessing"/> does; made for 224×224.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var x = maxpool.call(bn1.call(conv1.call(input)).relu_());
        x = layer4.call(layer3.call(layer2.call(layer1.call(x))));
        return fc.call(avgpool.call(x).flatten(1)).MoveToOuterDisposeScope();
    }

    /// <summary>Two 3×3 convolutions, and the way around them.</summary>
    private sealed class BasicBlock : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d conv1, conv2;
        private readonly BatchNorm2d bn1, bn2;
        private readonly Sequential? downsample;
        private readonly bool _hasShortcut;

        public BasicBlock(int from, int to, int stride, bool hasShortcut) : base(nameof(BasicBlock))
        {
            _hasShortcut = hasShortcut;
            conv1 = nn.Conv2d(from, to, 3, stride, padding: 1, bias: false, device: META);
            bn1 = nn.BatchNorm2d(to, device: META);
            conv2 = nn.Conv2d(to, to, 3, padding: 1, bias: false, device: META);
            bn2 = nn.BatchNorm2d(to, device: META);
            downsample = hasShortcut ? Downsample(from, to, stride) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var residual = bn2.call(conv2.call(bn1.call(conv1.call(x)).relu_()));
            if (_hasShortcut) residual = residual.add_(downsample?.call(x) ?? x);
            return residual.relu_().MoveToOuterDisposeScope();
        }
    }

    /// <summary>1×1, 3×3 and 1×1, and the way around them.</summary>
    private sealed class Bottleneck : nn.Module<Tensor, Tensor>
    {
        /// <summary>How many times the 3×3 convolution's channels come out.</summary>
        public const int Expansion = 4;

        private readonly Conv2d conv1, conv2, conv3;
        private readonly BatchNorm2d bn1, bn2, bn3;
        private readonly Sequential? downsample;
        private readonly bool _hasShortcut;

        public Bottleneck(int from, int width, int stride, bool hasShortcut) : base(nameof(Bottleneck))
        {
            _hasShortcut = hasShortcut;
            conv1 = nn.Conv2d(from, width, 1, bias: false, device: META);
            bn1 = nn.BatchNorm2d(width, device: META);
            conv2 = nn.Conv2d(width, width, 3, stride, padding: 1, bias: false, device: META);
            bn2 = nn.BatchNorm2d(width, device: META);
            conv3 = nn.Conv2d(width, width * Expansion, 1, bias: false, device: META);
            bn3 = nn.BatchNorm2d(width * Expansion, device: META);
            downsample = hasShortcut ? Downsample(from, width * Expansion, stride) : null;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var residual = bn1.call(conv1.call(x)).relu_();
            residual = bn2.call(conv2.call(residual)).relu_();
            residual = bn3.call(conv3.call(residual));
            if (_hasShortcut) residual = residual.add_(downsample?.call(x) ?? x);
            return residual.relu_().MoveToOuterDisposeScope();
        }
    }

    /// <summary>A 1×1 convolution where the way around has to change its size or channels; null where it need not.</summary>
    private static Sequential? Downsample(int from, int to, int stride) => stride == 1 && from == to ? null
        : nn.Sequential(nn.Conv2d(from, to, 1, stride, bias: false, device: META), nn.BatchNorm2d(to, device: META));
}
