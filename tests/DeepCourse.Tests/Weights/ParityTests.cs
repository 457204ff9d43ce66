using DeepCourse.Models;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

/// <summary>Our networks with torchvision's random weights compute what torchvision computes.</summary>
public sealed class ParityTests
{
    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "Weights", "parity.py");

    [Theory]
    [InlineData("alexnet")]
    [InlineData("vgg11")]
    [InlineData("vgg13_bn")]
    [InlineData("resnet18")]
    [InlineData("resnet50")]
    public void Logits_in_both_modes_and_gradients_are_PyTorch_s(string name)
    {
        Peer.Torch.Require();
        var folder = Directory.CreateTempSubdirectory().FullName;
        Peer.Torch.Run([Script, name, folder]);
        using var network = (nn.Module<Tensor, Tensor>)(name switch
        {
            "alexnet" => AlexNet.Create(dropout: 0, device: META),
            "vgg11" => Vgg11.Create(dropout: 0, device: META),
            "vgg13_bn" => Vgg13Bn.Create(dropout: 0, device: META),
            "resnet18" => ResNet18.Create(device: META),
            _ => ResNet50.Create(device: META),
        });
        Assert.True(network.LoadWeights(Path.Combine(folder, "weights.pth")).IsComplete);
        using var scope = NewDisposeScope();
        using var file = WeightsFile.Open(Path.Combine(folder, "results.pth"));
        var results = file.Tensors.ToDictionary(t => t.Key, t => t.Value.Read());
        network.eval();
        using (no_grad()) AssertClose(results["evaluation"], network.call(results["input"]), 1e-4, "evaluation");
        network.train();
        var training = network.call(results["input"]);
        AssertClose(results["training"], training, 1e-4, "training");
        training.pow(2).mean().backward();
        // The gradient of a bias before batch norm is 0, up to rounding: what counts is its size beside the others'.
        var all = Math.Sqrt(results.Where(r => r.Key.StartsWith("gradient.", StringComparison.Ordinal))
            .Sum(r => Math.Pow(r.Value.norm().item<float>(), 2)));
        foreach (var (key, parameter) in network.named_parameters())
            AssertClose(results[$"gradient.{key}"], parameter.grad!, 1e-3, key, atLeast: 1e-3 * all);
        Directory.Delete(folder, recursive: true);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance, string what, double atLeast = 1e-12)
    {
        Assert.Equal(expected.shape, actual.shape);
        var difference = (expected - actual).norm().item<float>() / Math.Max(atLeast, expected.norm().item<float>());
        Assert.True(difference < tolerance, $"{what}: {difference:0.0e0} of its size apart");
    }
}
