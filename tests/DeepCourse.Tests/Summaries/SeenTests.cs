using System.Globalization;
using DeepCourse.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>What a summary says of a network, and what it leaves alone.</summary>
[Collection(nameof(Alone))]
public sealed class SeenTests
{
    private sealed class Tied : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding embedding = nn.Embedding(10, 4);
        private readonly Linear decoder = nn.Linear(4, 10);

        public Tied() : base("Tied")
        {
            decoder.weight = embedding.weight!;
            RegisterComponents();
        }

        public override Tensor forward(Tensor x) => decoder.call(embedding.call(x));
    }

    [Fact]
    public void Tied_weights_count_once()
    {
        using var network = new Tied();
        var summary = network.Summary(7);
        Assert.Equal(50, summary.Parameters);
        Assert.Equal(50, summary.Trainable);
        Assert.Equal(200, summary.ParameterBytes);
        Assert.Equal([(40L, false), (10L, true)], summary.Root.Children.Select(c => (c.Parameters, c.IsShared)));
        Assert.Contains("10 (shared)", summary.ToText(), StringComparison.Ordinal);
        Assert.Equal(7 * 40, summary.MultiplyAdds);
    }

    private sealed class TiedLinear : nn.Module<Tensor, Tensor>
    {
        private readonly Linear first, second;

        public TiedLinear(Device device) : base("TiedLinear")
        {
            (first, second) = (nn.Linear(8, 8, device: device), nn.Linear(8, 8, device: device));
            second.weight = first.weight;
            RegisterComponents();
        }

        public Linear First => first;

        public Linear Second => second;

        public override Tensor forward(Tensor x) => second.call(first.call(first.call(x)));
    }

    [Fact]
    public void Weights_without_memory_are_tied_too_and_stay_so()
    {
        using var network = new TiedLinear(META);
        Assert.Equal(80, network.Summary(8).Parameters);
        Assert.Equal(80, network.Summary(8).Parameters);
        Assert.Equal(3 * 64, network.Summary(8).MultiplyAdds);
        Assert.Equal(network.First.weight!.Handle, network.Second.weight!.Handle);
        using var large = nn.Sequential(nn.Linear(100, 100, device: META), nn.LayerNorm(100, device: META));
        Assert.Equal(10_300, large.Summary(100).Parameters);
    }

    private sealed class Several() : nn.Module<Tensor, Tensor, bool, Tensor>("Several")
    {
        public override Tensor forward(Tensor image, Tensor words, bool quick = true) => quick ? image + words : image;
    }

    private sealed class Masked() : nn.Module<Tensor, Tensor?, Tensor>("Masked")
    {
        public override Tensor forward(Tensor x, Tensor? mask) => mask is null ? x : x * mask;
    }

    private sealed class Dictionaries() : nn.Module<Tensor, Dictionary<string, List<Tensor>>>("Dictionaries")
    {
        public override Dictionary<string, List<Tensor>> forward(Tensor x) => new() { ["a"] = [x, x.sum(1)], ["b"] = [x[0]] };
    }

    [Fact]
    public void Inputs_that_are_missing_are_named()
    {
        using var network = new Several();
        Assert.Equal("2×3", ModelSummary.Shapes(network.Summary(zeros(2, 3), zeros(2, 3)).Root.Outputs));
        var problem = Assert.Throws<ArgumentException>(() => network.Summary(zeros(2, 3))).Message;
        Assert.Contains("1. image (Tensor), 2. words (Tensor), 3. quick (Boolean, may be left out)", problem,
            StringComparison.Ordinal);
        using var masked = new Masked();
        Assert.Equal("3", ModelSummary.Shapes(masked.Summary(3).Root.Outputs));
        Assert.Equal("3; 3", ModelSummary.Shapes(masked.Summary(zeros(3), zeros(3)).Root.Inputs));
        using var dictionaries = new Dictionaries();
        Assert.Equal("4×3; 4; 3", ModelSummary.Shapes(dictionaries.Summary(zeros(4, 3)).Root.Outputs));
    }

    private sealed class Branches : nn.Module<Tensor, Tensor>
    {
        private readonly ModuleList<nn.Module<Tensor, Tensor>> list = nn.ModuleList<nn.Module<Tensor, Tensor>>(
            nn.Linear(4, 4), nn.Linear(4, 4));
        private readonly ModuleDict<Linear> dict = nn.ModuleDict(("a", nn.Linear(4, 4)));
        private readonly ParameterList scales = nn.ParameterList(new Parameter(ones(4)));
        private readonly Linear forwarded = nn.Linear(4, 4), functional = nn.Linear(4, 4, hasBias: false);
        private readonly Sequential auxiliary = nn.Sequential(nn.Linear(4, 4), nn.ReLU());

        public Branches() : base("Branches") => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            foreach (var layer in list) x = layer.call(x);
            x = forwarded.forward(dict["a"].call(x)) * scales[0];
            x = nn.functional.linear(x, functional.weight!);
            return training ? auxiliary.call(x) : x;
        }
    }

    [Fact]
    public void What_was_not_called_is_told_and_containers_are_not()
    {
        using var network = new Branches();
        foreach (var p in network.parameters()) p.requires_grad = p.ndim == 2;
        var summary = network.Summary(4);
        Assert.Equal(3 * 16, summary.MultiplyAdds);
        Assert.Equal(5 * 20 + 16 + 4, summary.Parameters);
        Assert.Equal(["forwarded", "functional"], summary.Layers.Where(l => l.IsUsedWithoutCall).Select(l => l.Path));
        Assert.DoesNotContain(summary.Layers, l => l.Type is "ModuleList" or "ModuleDict");
        Assert.Contains(summary.Notes, n => n.StartsWith("forwarded, functional: shapes unknown", StringComparison.Ordinal));
        Assert.Contains(summary.Notes,
            n => n.StartsWith("auxiliary: shapes unknown, for it was not called", StringComparison.Ordinal));
        Assert.All(summary.Notes, n => Assert.DoesNotContain("take it out", n, StringComparison.Ordinal));
        Assert.All(network.parameters(), p => Assert.Equal(p.ndim == 2, p.requires_grad));
        Assert.All(network.parameters(), p => Assert.True(p.grad is null));
    }

    private sealed class Restless : nn.Module<Tensor, Tensor>
    {
        private readonly BatchNorm1d norm = nn.BatchNorm1d(4);
        private readonly Tensor seen = zeros(1);

        public Restless() : base("Restless")
        {
            register_buffer("seen", seen);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            seen.add_(1);
            norm.train();
            return norm.call(cat([x, x + 1])) + rand(4);
        }
    }

    [Fact]
    public void Random_numbers_buffers_and_modes_stay_as_they_were()
    {
        using var network = new Restless();
        network.norm_eval();
        random.manual_seed(1);
        var expected = rand(3).sum().item<float>();
        random.manual_seed(1);
        network.Summary(4);
        network.Summary(zeros(2, 4));
        Assert.Equal(expected, rand(3).sum().item<float>());
        Assert.All(network.named_buffers(), b => Assert.Equal(b.name.EndsWith("var", StringComparison.Ordinal) ? 1 : 0,
            b.buffer.to(float32).mean().item<float>()));
        Assert.Equal([true, false], new[] { network.training, network.children().Single().training });
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var network = new TiedLinear(CPU);
        using var resNet = ResNet18.CreateSmall(width: 4);
        Action[] uses =
        [
            () => resNet.Summary(1, 28, 28), () => Assert.Throws<ArgumentException>(() => network.Summary(5)),
            () => network.Summary(8),
        ];
        foreach (var use in uses)
        {
            use();
            var before = Alone.Tensors();
            use();
            Assert.Equal(before, Alone.Tensors());
        }
    }

    [Fact]
    public async Task Two_summaries_of_one_network_at_once_are_right()
    {
        using var network = ResNet18.CreateSmall(width: 4);
        var expected = network.Summary(1, 28, 28).ToText();
        var texts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => network.Summary(1, 28, 28).ToText())));
        Assert.All(texts, t => Assert.Equal(expected, t));
        Assert.All(network.modules(), m => Assert.True(m.training));
    }

    [Fact]
    public void Texts_are_the_same_in_every_culture()
    {
        using var network = LeNet5.Create(device: META);
        var before = CultureInfo.CurrentCulture;
        var expected = All();
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator,
            culture.NumberFormat.NegativeSign) = ("٫", "٬", "minus ");
        try
        {
            CultureInfo.CurrentCulture = culture;
            Assert.Equal(expected, All());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        Assert.Contains(expected, t => t.Contains("61,706", StringComparison.Ordinal));
        Assert.Contains(expected, t => t.Contains("(-1)", StringComparison.Ordinal));

        string[] All()
        {
            var summary = network.Summary(1, 28, 28);
            var table = summary.ToLayerTable();
            return [summary.ToText(), summary.ToHtml().ToString(), summary.ToCsv(), table.ToText(), table.ToHtml().ToString(),
                Assert.Throws<ArgumentException>(() => network.Summary(-1)).Message];
        }
    }

    [Fact]
    public void Cells_of_comma_separated_values_are_quoted()
    {
        using var network = nn.Sequential(("a,b", nn.ReLU()));
        Assert.Contains("\n\"a,b\",ReLU,1,3,3,", network.Summary(3).ToCsv(), StringComparison.Ordinal);
    }
}

file static class Extensions
{
    /// <summary>Its batch norm alone in evaluation mode.</summary>
    public static void norm_eval(this nn.Module network)
    {
        foreach (var child in network.children()) child.eval();
    }
}
