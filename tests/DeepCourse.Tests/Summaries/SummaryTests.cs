using System.Runtime.CompilerServices;
using DeepCourse.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

public sealed class SummaryTests
{
    /// <summary>Golden files, written anew when <c>DEEPCOURSE_GOLDEN=write</c>.</summary>
    [Theory]
    [MemberData(nameof(NetworkTests.Names), MemberType = typeof(NetworkTests))]
    public void Tables_are_as_they_were(string name)
    {
        using var network = NetworkTests.All[name].Create(META);
        var summary = network.Summary(3, 224, 224);
        Assert.Equal(NetworkTests.All[name].Parameters, summary.Parameters);
        Compare($"{name}.txt", summary.ToText() + "\n\n" + summary.ToLayerTable().ToText() + "\n");
        Assert.Equal(summary.Layers.Count() + 1, summary.ToCsv().TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void LeNet_s_table_is_as_it_was() =>
    Compare("LeNet5.txt", LeNet5.Create(device: META).Summary(1, 28, 28).ToText() + "\n");

    private static void Compare(string file, string text, [CallerFilePath] string source = "")
    {
        var golden = Path.Combine(Path.GetDirectoryName(source)!, "Golden", file);
        if (Environment.GetEnvironmentVariable("DEEPCOURSE_GOLDEN") == "write")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(golden)!);
            File.WriteAllText(golden, text);
        }
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Summaries", "Golden", file))
            .ReplaceLineEndings("\n"), text);
    }

    /// <summary>Published by torchvision, in units of 10⁹.</summary>
    [Theory]
    [InlineData("AlexNet", 0.71)]
    [InlineData("VGG16", 15.47)]
    [InlineData("ResNet18", 1.81)]
    [InlineData("ResNet50", 4.09)]
    [InlineData("ResNet152", 11.51)]
    public void Multiply_adds_are_torchvision_s(string name, double published)
    {
        using var network = NetworkTests.All[name].Create(META);
        Assert.Equal(published, network.Summary(3, 224, 224).MultiplyAdds / 1e9, 0.006);
    }

    [Fact]
    public void The_network_is_left_as_it_was()
    {
        using var network = ResNet18.CreateSmall(width: 4);
        network.named_children().First(c => c.name == "layer1").module.eval();
        var (modes, weights) = (Modes(), network.state_dict().Select(e => (e.Key, e.Value.Handle, Sum(e.Value))).ToList());
        network.Summary(1, 28, 28);
        Assert.Equal(modes, Modes());
        Assert.Equal(weights, network.state_dict().Select(e => (e.Key, e.Value.Handle, Sum(e.Value))));
        using var meta = ResNet18.CreateSmall(width: 4, device: META);
        meta.Summary(1, 28, 28);
        Assert.All(meta.state_dict().Values, t => Assert.Equal(DeviceType.META, t.device_type));
        List<bool> Modes() => [.. network.modules().Select(m => m.training)];
        static double Sum(Tensor t) => t.to(float64).sum().item<double>();
    }

    [Fact]
    public void Shared_and_unseen_layers_and_lost_ones_are_told()
    {
        using var network = new Odd();
        var summary = network.Summary(4, 8);
        var rows = summary.Layers.ToList();
        Assert.Equal(["", "a", "a", "b"], rows.Select(r => r.Path));
        Assert.Equal([false, false, true, false], rows.Select(r => r.IsShared));
        Assert.Equal(144, summary.Parameters);
        Assert.False(rows[3].WasCalled);
        Assert.Contains(summary.Notes,
            n => n.Contains("b: shapes unknown", StringComparison.Ordinal)
                && n.Contains("layer.call(x)", StringComparison.Ordinal));
        Assert.Contains(summary.Notes,
            n => n.Contains("its several (Linear, …)", StringComparison.Ordinal)
                && n.Contains("ModuleList", StringComparison.Ordinal));
        Assert.Contains(summary.Notes,
            n => n.Contains("its late (Linear)", StringComparison.Ordinal)
                && n.Contains("RegisterComponents()", StringComparison.Ordinal));
        Assert.Contains("(shared)", summary.ToText(), StringComparison.Ordinal);
        Assert.Contains("⚠", summary.ToHtml().ToString(), StringComparison.Ordinal);
    }

    /// <summary>Uses a layer twice, one by forward, holds one in an array, and gets one after registration. Its reshape does not
    /// work on an empty batch.</summary>
    private sealed class Odd : nn.Module<Tensor, Tensor>
    {
        private readonly Linear a = nn.Linear(8, 8), b = nn.Linear(8, 8);
        private readonly Linear[] several = [nn.Linear(8, 8)];
        private readonly Linear late;

        public Odd() : base("Odd")
        {
            RegisterComponents();
            late = nn.Linear(8, 3);
        }

        public override Tensor forward(Tensor x) =>
            late.call(several[0].call(a.call(b.forward(a.call(x.reshape(x.shape[0], -1, 8))))));
    }

    [Fact]
    public void Recurrent_layers_and_several_inputs_and_outputs_are_seen()
    {
        using var lstm = nn.LSTM(5, 6, 2, batchFirst: true);
        var row = lstm.Summary(7, 5).Root;
        Assert.Equal("7×6; 2×6; 2×6", ModelSummary.Shapes(row.Outputs));
        Assert.Equal(648, row.Parameters); // 4·6·(5 + 6 + 2) + 4·6·(6 + 6 + 2)
        Assert.Equal(7 * 4 * 6 * (5 + 6 + 6 + 6), row.MultiplyAdds);

        using var gru = nn.GRU(5, 6);
        Assert.Equal("7×1×6; 1×1×6", ModelSummary.Shapes(gru.Summary(zeros(7, 1, 5)).Root.Outputs));
        using var bilinear = nn.Bilinear(3, 4, 2);
        Assert.Equal("9×3; 9×4", ModelSummary.Shapes(bilinear.Summary(zeros(9, 3), zeros(9, 4)).Root.Inputs));
        using var embedding = nn.Embedding(10, 4);
        Assert.Equal("2×3×4", ModelSummary.Shapes(embedding.Summary(zeros(2, 3, dtype: int64)).Root.Outputs));
        using var transposed = nn.ConvTranspose2d(4, 2, 3, bias: false);
        Assert.Equal(5 * 5 * 4 * 2 * 9, transposed.Summary(4, 5, 5).MultiplyAdds);
    }

    [Fact]
    public void A_shape_that_does_not_fit_is_said_with_the_layer_that_refuses_it()
    {
        using var network = LeNet5.Create();
        Assert.Contains("In features.conv1 (Conv2d)", Assert.Throws<ArgumentException>(() => network.Summary(3, 28, 28)).Message,
            StringComparison.Ordinal);
        Assert.Contains("In classifier.fc1 (Linear): mat1 and mat2 shapes cannot be multiplied",
            Assert.Throws<ArgumentException>(() => network.Summary(1, 32, 32)).Message, StringComparison.Ordinal);
        Assert.Contains("without the batch", Assert.Throws<ArgumentException>(() => network.Summary(0, 28, 28)).Message,
            StringComparison.Ordinal);
        Assert.Contains("LeNet5 does not take an input of 5×1×32×32",
            Assert.Throws<ArgumentException>(() => network.Summary(zeros(5, 1, 32, 32))).Message, StringComparison.Ordinal);
    }
}
