using DeepCourse.Weights;
using static TorchSharp.torch;

namespace DeepCourse.Models;

/// <summary>A part of a file, under other names.</summary>
public sealed class LoadingTests
{
    private static string Saved(nn.Module network)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.safetensors");
        network.SaveWeights(path);
        return path;
    }

    private static nn.Module<Tensor, Tensor> Make(int classes = 2) => nn.Sequential(
        ("layer1", nn.Sequential(("conv", nn.Conv2d(1, 2, 3)), ("bn", nn.BatchNorm2d(2)))),
        ("layer10", nn.Conv2d(2, 2, 1)), ("fc", nn.Linear(2, classes)));

    private static string[] Same(nn.Module a, nn.Module b)
    {
        var others = b.state_dict();
        return [.. a.state_dict().Where(t => t.Value.shape.SequenceEqual(others[t.Key].shape)
            && t.Value.dtype == ScalarType.Float32 && t.Value.equal(others[t.Key]).all().item<bool>()
            && !t.Key.Contains(".bn.", StringComparison.Ordinal)).Select(t => t.Key).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [InlineData("layer1", null, "layer1.conv.bias layer1.conv.weight")]
    [InlineData("layer1, fc", null, "fc.bias fc.weight layer1.conv.bias layer1.conv.weight")]
    [InlineData("*.bias", null, "fc.bias layer1.conv.bias layer10.bias")]
    [InlineData(null, "layer1*", "fc.bias fc.weight")]
    [InlineData("layer1*", "*.bias", "layer1.conv.weight layer10.weight")]
    [InlineData(null, "fc.*", "layer1.conv.bias layer1.conv.weight layer10.bias layer10.weight")]
    public void Patterns_choose_what_is_loaded(string? only, string? except, string expected)
    {
        using var source = Make();
        using var network = Make();
        var report = network.LoadWeights(Saved(source), only: only, except: except);
        Assert.True(report.IsComplete);
        Assert.Equal(expected.Split(' '), Same(source, network));
    }

    [Fact]
    public void A_new_head_needs_no_loose_loading()
    {
        using var source = Make();
        using var network = Make(classes: 5);
        Assert.Throws<WeightsException>(() => network.LoadWeights(Saved(source)));
        Assert.True(network.LoadWeights(Saved(source), except: "fc").IsComplete);
        Assert.Equal(["layer1.conv.bias", "layer1.conv.weight", "layer10.bias", "layer10.weight"], Same(source, network));
    }

    [Fact]
    public void What_is_meant_must_fit_as_before()
    {
        using var source = Make();
        using var network = Make(classes: 5);
        var message = Assert.Throws<WeightsException>(() => network.LoadWeights(Saved(source), only: "fc, layer1")).Message;
        Assert.Contains("2 of another shape: fc.bias (network 5, file 2), fc.weight (network 5×2, file 2×2)", message,
            StringComparison.Ordinal);
        Assert.Empty(Same(source, network));
    }

    [Fact]
    public void Prefixes_are_taken_off_and_names_changed()
    {
        using var inner = Make();
        using var source = nn.Sequential(("encoder", inner), ("decoder", nn.Linear(2, 2)));
        var path = Saved(source);
        using var network = Make();
        Assert.Contains("prefix: \"encoder.\"", Assert.Throws<WeightsException>(() => network.LoadWeights(path)).Message,
            StringComparison.Ordinal);
        Assert.True(network.LoadWeights(path, prefix: "encoder").IsComplete);
        Assert.Equal(6, Same(inner, network).Length);
        using var renamed = Make();
        renamed.LoadWeights(path, rename: name => name.StartsWith("decoder", StringComparison.Ordinal) ? null
            : name.Replace("encoder.", "", StringComparison.Ordinal));
        Assert.Equal(6, Same(inner, renamed).Length);
        using var wrapped = nn.Sequential(("model", Make()));
        var message = Assert.Throws<WeightsException>(() => wrapped.LoadWeights(Saved(inner))).Message;
        Assert.Contains("rename: name => \"model.\" + name", message, StringComparison.Ordinal);
        Assert.Contains("would both be loaded as 'x'",
            Assert.Throws<WeightsException>(() => network.LoadWeights(path, rename: _ => "x")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("layer4", null, null, "'layer4' means", "'layer1'")]
    [InlineData("layer1, Fc", null, null, "'Fc' means", "'fc'")]
    [InlineData(null, "head.*", null, "'head.*' means", "fc")]
    [InlineData(null, null, "modul", "begins with 'modul.'", "There is")]
    [InlineData(" , ", null, null, "Give a pattern", "leave it out")]
    public void What_means_nothing_is_an_error_with_near_names(
        string? only,
        string? except,
        string? prefix,
        string what,
        string near)
    {
        using var network = Make();
        var path = Saved(network);
        var message = Assert.ThrowsAny<Exception>(
            () => network.LoadWeights(path, only: only, except: except, prefix: prefix)).Message;
        Assert.Contains(what, message, StringComparison.Ordinal);
        Assert.Contains(near, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_that_breaks_in_the_middle_leaves_the_network_as_it_was(bool withoutMemory)
    {
        Peer.Torch.Require();
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.pth");
        Peer.Torch.Run(["-c", $"""
            import torch
            from collections import OrderedDict as D
            net = torch.nn.Sequential(D(fc1=torch.nn.Linear(2, 3), fc2=torch.nn.Linear(3, 2)))
            torch.save(net.state_dict(), {'"' + path + '"'})
            """]);
        // The last storage, fc2.bias, is damaged: its checksum tells.
        var content = File.ReadAllBytes(path);
        content[content.AsSpan().IndexOf("/data/3"u8) + 64] ^= 1;
        File.WriteAllBytes(path, content);
        var device = withoutMemory ? META : CPU;
        using var network = nn.Sequential(("fc1", nn.Linear(2, 3, device: device)), ("fc2", nn.Linear(3, 2, device: device)));
        using var before = withoutMemory ? null : network.state_dict()["fc1.weight"].clone();
        Assert.Contains("checksum", Assert.Throws<WeightsException>(() => network.LoadWeights(path)).Message,
            StringComparison.Ordinal);
        var after = network.state_dict()["fc1.weight"];
        Assert.Equal(device.type, after.device_type);
        if (before is not null) Assert.True(after.equal(before).all().item<bool>());
    }

    [Fact]
    public void A_tied_weight_needs_one_of_its_names()
    {
        using var shared = nn.Linear(2, 2);
        using var network = nn.Sequential(("a", shared), ("b", shared));
        using var source = nn.Linear(2, 2);
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.safetensors");
        Safetensors.Write(path, source.state_dict().ToDictionary(t => $"a.{t.Key}", t => t.Value));
        Assert.True(network.LoadWeights(path).IsComplete);
        Assert.True(shared.weight.equal(source.weight).all().item<bool>());
    }

    [Fact]
    public void A_complex_tensor_does_not_become_a_real_one_in_silence()
    {
        Peer.Torch.Require();
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "x.pth");
        Peer.Torch.Run(["-c", $"import torch; torch.save(dict(weight=torch.ones(1, 1, dtype=torch.complex64)), '{path}')"]);
        using var network = nn.Linear(1, 1, hasBias: false);
        Assert.Contains("weight (network 1×1 Float32, file 1×1 ComplexFloat32)",
            Assert.Throws<WeightsException>(() => network.LoadWeights(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_without_memory_has_nothing_to_save()
    {
        using var network = LeNet5.Create(device: META);
        Assert.Contains("meta device", Assert.Throws<WeightsException>(() => Saved(network)).Message, StringComparison.Ordinal);
    }
}
