using DeepCourse.Models;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>Checkpoints as people write them with PyTorch (checkpoints.py), in both of its formats.</summary>
public sealed class CheckpointFileTests
{
    private static readonly Lazy<string> Folder = new(() =>
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        Peer.Torch.Run([Path.Combine(AppContext.BaseDirectory, "Weights", "checkpoints.py"), folder]);
        return folder;
    });

    [Theory]
    [InlineData("imagenet")]
    [InlineData("odd")]
    [InlineData("lightning")]
    [InlineData("model")]
    [InlineData("model_state_dict")]
    [InlineData("ema")]
    [InlineData("net")]
    [InlineData("weights")]
    [InlineData("nested")]
    [InlineData("own name")]
    [InlineData("tuple")]
    [InlineData("parameters")]
    [InlineData("defaultdict")]
    public void The_weights_of_a_checkpoint_are_found_and_all_else_is_passed_over(string name)
    {
        Peer.Torch.Require();
        foreach (var form in new[] { "", ".old", ".p4" })
        {
            using var network = nn.Sequential(("fc", nn.Linear(3, 2)));
            Assert.Equal(2, network.LoadWeights(Path.Combine(Folder.Value, $"{name}{form}.pth")).Loaded);
            AssertLoaded(network, "fc");
        }
    }

    [Fact]
    public void Two_networks_in_one_file_are_told_apart_by_their_prefixes()
    {
        Peer.Torch.Require();
        var path = Path.Combine(Folder.Value, "two.pth");
        using var network = nn.Sequential(("fc", nn.Linear(3, 2)));
        Assert.Contains("prefix: \"generator.\"", Refuse(() => network.LoadWeights(path)).Replace("discriminator", "generator",
            StringComparison.Ordinal), StringComparison.Ordinal);
        network.LoadWeights(path, prefix: "generator");
        AssertLoaded(network, "fc");
    }

    [Fact]
    public void Names_of_parallel_training_get_a_hint()
    {
        Peer.Torch.Require();
        var path = Path.Combine(Folder.Value, "prefixed.pth");
        using var network = nn.Sequential(("fc", nn.Linear(3, 2)));
        Assert.Contains("prefix: \"module.\"", Refuse(() => network.LoadWeights(path)), StringComparison.Ordinal);
        network.LoadWeights(path, prefix: "module.");
        AssertLoaded(network, "fc");
    }

    [Fact]
    public void A_file_without_weights_says_what_it_holds()
    {
        Peer.Torch.Require();
        var (optimizer, whole) = (Path.Combine(Folder.Value, "optimizer.pth"), Path.Combine(Folder.Value, "whole.pth"));
        using var network = nn.Sequential(("fc", nn.Linear(3, 2)));
        Assert.Contains("its keys are optimizer", Refuse(() => network.LoadWeights(optimizer)), StringComparison.Ordinal);
        Assert.Contains("torch.nn.modules.container.Sequential", Refuse(() => network.LoadWeights(whole)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strange.pth")]
    [InlineData("strange.old.pth")]
    public void Tensors_of_kinds_that_can_t_be_read_are_listed_and_refused_when_they_are_wanted(string name)
    {
        Peer.Torch.Require();
        var path = Path.Combine(Folder.Value, name);
        using var scope = NewDisposeScope();
        using (var file = WeightsFile.Open(path))
        {
            Assert.Equal(["channels", "csr", "quantized", "sparse"], file.Unreadable.Keys.Order());
            Assert.Equal("a sparse tensor", file.Unreadable["sparse"]);
            Assert.Equal("a quantized tensor", file.Unreadable["quantized"]);
            var complex = file.Tensors["complex"].Read();
            Assert.Equal((ScalarType.ComplexFloat32, 1f, 2f),
                (complex.dtype, complex.real.item<float>(), complex.imag.item<float>()));
            Assert.Contains("repeats 1 stored values", Refuse(() => file.Tensors["expanded"].Read()), StringComparison.Ordinal);
            var target = zeros(5);
            file.Tensors["expanded"].CopyTo(target);
            Assert.Equal(5, target.sum().item<float>());
        }
        using var network = nn.Sequential(("fc", nn.Linear(3, 2)));
        Assert.Equal(["complex", "expanded"], network.LoadWeights(path, strict: false).Unexpected);
        AssertLoaded(network, "fc");
        using var wanting = new Wanting();
        Assert.Contains("1 in a form that can't be read: sparse (a sparse tensor)", Refuse(() => wanting.LoadWeights(path)),
            StringComparison.Ordinal);
    }

    private sealed class Wanting : nn.Module
    {
        public Wanting() : base(nameof(Wanting))
        {
            register_buffer("sparse", zeros(3, 3));
            register_buffer("complex", zeros(1));
        }
    }

    private static string Refuse(Action action) => Assert.Throws<WeightsException>(action).Message;

    private static void AssertLoaded(nn.Module network, string layer)
    {
        Assert.Equal([0f, 1, 2, 3, 4, 5], network.state_dict()[$"{layer}.weight"].data<float>());
        Assert.Equal([7f, 8], network.state_dict()[$"{layer}.bias"].data<float>());
    }
}
