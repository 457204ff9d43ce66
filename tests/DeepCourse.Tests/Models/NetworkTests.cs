using DeepCourse.Summaries;
using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Models;

public sealed class NetworkTests
{
    public static TheoryData<string> Names => [.. All.Keys];

    internal static readonly Dictionary<string, (Func<Device?, nn.Module<Tensor, Tensor>> Create, long Parameters)> All = new()
    {
        ["AlexNet"] = (d => AlexNet.Create(device: d), 61_100_840),
        ["VGG11"] = (d => Vgg11.Create(device: d), 132_863_336),
        ["VGG11_BN"] = (d => Vgg11Bn.Create(device: d), 132_868_840),
        ["VGG13"] = (d => Vgg13.Create(device: d), 133_047_848),
        ["VGG13_BN"] = (d => Vgg13Bn.Create(device: d), 133_053_736),
        ["VGG16"] = (d => Vgg16.Create(device: d), 138_357_544),
        ["VGG16_BN"] = (d => Vgg16Bn.Create(device: d), 138_365_992),
        ["VGG19"] = (d => Vgg19.Create(device: d), 143_667_240),
        ["VGG19_BN"] = (d => Vgg19Bn.Create(device: d), 143_678_248),
        ["ResNet18"] = (d => ResNet18.Create(device: d), 11_689_512),
        ["ResNet34"] = (d => ResNet34.Create(device: d), 21_797_672),
        ["ResNet50"] = (d => ResNet50.Create(device: d), 25_557_032),
        ["ResNet101"] = (d => ResNet101.Create(device: d), 44_549_160),
        ["ResNet152"] = (d => ResNet152.Create(device: d), 60_192_808),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_network_has_as_many_parameters_as_torchvision_s(string name)
    {
        using var network = All[name].Create(META);
        Assert.Equal(All[name].Parameters, network.parameters().Sum(p => p.numel()));
        Assert.Equal(name, network.GetName());
    }

    [Fact]
    public void Every_name_and_shape_is_torchvision_s()
    {
        Peer.Torch.Require();
        var theirs = Peer.Torch.Run(["-c", """
            import sys, torchvision
            for name in sys.argv[1:]:
                for key, value in getattr(torchvision.models, name.lower())(weights=None).state_dict().items():
                    print(name, key, "x".join(map(str, value.shape)))
            """, .. All.Keys]).Trim().Split('\n');
        var ours = All.SelectMany(n =>
        {
            using var network = n.Value.Create(META); // kept: a network that is collected takes its tensors along
            return network.state_dict().Select(e => $"{n.Key} {e.Key} {string.Join('x', e.Value.shape)}").ToList();
        });
        Assert.Equal(theirs.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_one_others()
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (ResNet18.CreateSmall(width: 8), ResNet18.CreateSmall(width: 8), ResNet18.CreateSmall(width: 8, seed: 2));
        static Tensor First(nn.Module m) => m.parameters().First();
        Assert.True(First(a).equal(First(b)).all().item<bool>());
        Assert.False(First(a).equal(First(c)).all().item<bool>());
        // He's deviation for 8 filters of 3×3: √(2/72).
        using var large = ResNet34.Create();
        Assert.Equal(Math.Sqrt(2.0 / (64 * 9)), large.get_parameter("layer1.0.conv1.weight")!.std().item<float>(), 0.002);
    }

    [Fact]
    public void AlexNet_s_biases_are_the_paper_s()
    {
        using var network = AlexNet.Create(classes: 10);
        var ones = network.named_parameters()
            .Where(p => p.name.EndsWith("bias", StringComparison.Ordinal) && p.parameter[0].item<float>() == 1)
            .Select(p => p.name);
        Assert.Equal(["features.3.bias", "features.8.bias", "features.10.bias", "classifier.1.bias", "classifier.4.bias"], ones);
    }

    [Theory]
    [InlineData(28)]
    [InlineData(32)]
    public void Small_residual_networks_take_small_images_and_learn(int side)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var network = ResNet18.CreateSmall(width: 4);
        var (images, labels) = (randn(16, 1, side, side), randint(0, 10, [16]));
        var sgd = optim.SGD(network.parameters(), 0.1);
        double Step()
        {
            var loss = nn.functional.cross_entropy(network.call(images), labels);
            sgd.zero_grad();
            loss.backward();
            sgd.step();
            return loss.item<float>();
        }
        var losses = Enumerable.Range(0, 22).Select(_ => Step()).ToList();
        Assert.True(losses[^1] < losses[0] / 2, string.Join("  ", losses));
    }

    [Fact]
    public void A_plain_network_is_the_same_without_the_shortcuts()
    {
        var design = new ResNetDesign("plain", ResidualBlock.Basic,
            [1, 1, 1, 1])
        { ForSmallImages = true, Channels = 1, Width = 8 };
        using var residual = ResNet.Create(design, 10, device: META);
        using var plain = ResNet.Create(design with { HasShortcuts = false }, 10, device: META);
        Assert.Equal(residual.named_parameters()
            .Select(p => p.name)
            .Where(n => !n.Contains("downsample", StringComparison.Ordinal)), plain.named_parameters().Select(p => p.name));
        Assert.Contains("four stages",
            Assert.Throws<ArgumentException>(() => ResNet.Create(design with { Blocks = [1, 2] }, 10)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void LeNet_5_has_the_paper_s_sizes()
    {
        using var network = LeNet5.Create();
        Assert.Equal(61_706, network.parameters().Sum(p => p.numel()));
        using var logits = network.call(zeros(3, 1, 28, 28));
        Assert.Equal([3, 10], logits.shape);
    }

    [Fact]
    public void A_forward_pass_leaves_no_tensor_behind()
    {
        using var network = ResNet18.CreateSmall(width: 4);
        using var input = zeros(2, 1, 28, 28);
        network.call(input).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 5; i++) network.call(input).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Empty(Registration.Problems(network));
    }
}
