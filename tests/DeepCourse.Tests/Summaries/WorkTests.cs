using static TorchSharp.torch;

namespace DeepCourse.Summaries;

/// <summary>Multiply-adds and shapes of one example, calculated by hand.</summary>
public sealed class WorkTests
{
    private sealed class Net(Func<Net, Tensor, Tensor> function, params nn.Module<Tensor, Tensor>[] layers)
        : nn.Module<Tensor, Tensor>("Net")
    {
        public nn.Module<Tensor, Tensor>[] Layers => layers;

        public Net Registered()
        {
            for (var i = 0; i < layers.Length; i++) register_module($"l{i}", layers[i]);
            return this;
        }

        public override Tensor forward(Tensor x) => function(this, x);
    }

    private static ModelSummary Of(Func<Net, Tensor, Tensor> function, long[] shape, params nn.Module<Tensor, Tensor>[] layers)
    {
        using var net = new Net(function, layers).Registered();
        return net.Summary(shape);
    }

    [Fact]
    public void Frames_folded_into_the_batch_count()
    {
        var summary = Of((n, x) => n.Layers[0].call(x.flatten(0, 1)).mean([2, 3]).view(x.shape[0], -1), [16, 3, 8, 8],
            nn.Conv2d(3, 4, 3));
        Assert.Equal(16 * 4 * 6 * 6 * 27, summary.MultiplyAdds);
        Assert.Equal("16×4×6×6", ModelSummary.Shapes(summary.Root.Children[0].Outputs));
        Assert.Equal("64", ModelSummary.Shapes(summary.Root.Outputs));
        Assert.Equal(16 * 4 * 6 * 6 * 4, summary.OutputBytes);
    }

    [Fact]
    public void Rows_of_a_reshape_count() =>
        Assert.Equal(7 * 8 * 5, Of((n, x) => n.Layers[0].call(x.reshape(-1, 8)), [7, 8], nn.Linear(8, 5)).MultiplyAdds);

    [Fact]
    public void Time_steps_of_a_linear_layer_count()
    {
        using var layer = nn.Linear(8, 5);
        Assert.Equal(7 * 8 * 5, layer.Summary(7, 8).MultiplyAdds);
        Assert.Equal(8 * 5, layer.Summary(8).MultiplyAdds);
        Assert.Equal("5", ModelSummary.Shapes(layer.Summary(8).Root.Outputs));
    }

    [Fact]
    public void A_pair_of_copies_in_the_batch_counts_twice()
    {
        var summary = Of((n, x) => n.Layers[0].call(cat([x, x])).chunk(2)[0], [8], nn.Linear(8, 5));
        Assert.Equal(2 * 8 * 5, summary.MultiplyAdds);
        Assert.Equal("2×5", ModelSummary.Shapes(summary.Root.Children[0].Outputs));
    }

    [Fact]
    public void A_loop_over_the_batch_counts_one_turn()
    {
        var summary = Of((n, x) => stack(x.unbind().Select(e => n.Layers[1].call(n.Layers[0].call(e).flatten()))), [1, 6, 6],
            nn.Conv2d(1, 2, 3), nn.Linear(32, 3));
        Assert.Equal(2 * 4 * 4 * 9 + 32 * 3, summary.MultiplyAdds);
        Assert.Equal(["2×4×4", "3"], summary.Root.Children.Select(c => ModelSummary.Shapes(c.Outputs)));
        Assert.Equal("1×6×6", ModelSummary.Shapes(summary.Root.Children[0].Inputs));
        Assert.Empty(summary.Notes);
    }

    [Fact]
    public void A_squeeze_and_work_in_place_are_no_obstacle()
    {
        var summary = Of((n, x) => n.Layers[1].call(n.Layers[0].call(x).add_(1).squeeze()), [3, 4, 4],
            nn.Conv2d(3, 6, 4), nn.Linear(6, 2));
        Assert.Equal(6 * 48 + 12, summary.MultiplyAdds);
        Assert.Equal(["6×1×1", "2"], summary.Root.Children.Select(c => ModelSummary.Shapes(c.Outputs)));
        // A batch of one is lost by the squeeze, and the view then lacks a dimension.
        summary = Of((n, x) => n.Layers[1].call(n.Layers[0].call(x).squeeze().transpose(0, 1).transpose(0, 1)), [3, 4, 4],
            nn.Conv2d(3, 6, 4), nn.Linear(6, 2));
        Assert.Equal(6 * 48 + 12, summary.MultiplyAdds);
        Assert.Equal(["6×1×1", "2"], summary.Root.Children.Select(c => ModelSummary.Shapes(c.Outputs)));
    }

    [Fact]
    public void Work_that_depends_on_values_is_seen() =>
        Assert.Equal(3 * 8, Of((n, x) => n.Layers[0].call(x.ge(0).nonzero().to(float32).sum(0, keepdim: true).expand(1, 2)
            .repeat(1, 4)), [4], nn.Linear(8, 3)).MultiplyAdds);

    [Theory]
    [InlineData("grouped", 8 * 6 * 6 * 2 * 9)]
    [InlineData("depthwise", 4 * 6 * 6 * 9)]
    [InlineData("dilated", 8 * 4 * 4 * 4 * 9)]
    [InlineData("1d", 6 * 6 * 4 * 3)]
    [InlineData("3d", 6 * 2 * 3 * 4 * 4 * 8)]
    [InlineData("transposed 1d", 8 * 4 * 6 * 3)]
    [InlineData("transposed 2d, grouped", 8 * 8 * 4 * 3 * 9)]
    [InlineData("transposed 3d", 3 * 4 * 5 * 4 * 6 * 8)]
    [InlineData("without batch", 8 * 6 * 6 * 4 * 9)]
    public void Convolutions(string kind, long multiplyAdds)
    {
        using nn.Module<Tensor, Tensor> layer = kind switch
        {
            "grouped" => nn.Conv2d(4, 8, 3, groups: 2),
            "depthwise" => nn.Conv2d(4, 4, 3, groups: 4),
            "dilated" => nn.Conv2d(4, 8, 3, dilation: 2),
            "1d" => nn.Conv1d(4, 6, 3),
            "3d" => nn.Conv3d(4, 6, 2),
            "transposed 1d" => nn.ConvTranspose1d(4, 6, 3),
            "transposed 2d, grouped" => nn.ConvTranspose2d(4, 6, 3, groups: 2),
            "transposed 3d" => nn.ConvTranspose3d(4, 6, 2),
            _ => nn.Conv2d(4, 8, 3),
        };
        long[] shape = kind switch
        {
            "1d" or "transposed 1d" => [4, 8],
            "3d" or "transposed 3d" => [4, 3, 4, 5],
            _ => [4, 8, 8],
        };
        Assert.Equal(multiplyAdds, kind == "without batch"
            ? layer.Summary(zeros(shape)).MultiplyAdds
            : layer.Summary(shape).MultiplyAdds);
    }

    [Fact]
    public void Recurrent_layers()
    {
        using var lstm = nn.LSTM(5, 6, 2, batchFirst: true, bidirectional: true);
        Assert.Equal(7 * 2 * 4 * 6 * (5 + 6 + 12 + 6), lstm.Summary(7, 5).MultiplyAdds);
        Assert.Equal("7×12; 4×6; 4×6", ModelSummary.Shapes(lstm.Summary(7, 5).Root.Outputs));
        using var gru = nn.GRU(5, 6, batchFirst: true);
        Assert.Equal(7 * 3 * 6 * (5 + 6), gru.Summary(7, 5).MultiplyAdds);
        using var rnn = nn.RNN(5, 6, batchFirst: true);
        Assert.Equal(7 * 6 * (5 + 6), rnn.Summary(7, 5).MultiplyAdds);
        using var cell = nn.GRUCell(5, 6);
        Assert.Equal(3 * 6 * (5 + 6), cell.Summary(5).MultiplyAdds);
        Assert.Equal(4 * 3 * 6 * (5 + 6), cell.Summary(zeros(4, 5)).MultiplyAdds);
    }

    [Fact]
    public void Layers_of_several_inputs()
    {
        using var bilinear = nn.Bilinear(3, 4, 2);
        Assert.Equal(9 * 3 * 4 * 2, bilinear.Summary(zeros(9, 3), zeros(9, 4)).MultiplyAdds);
        using var embedding = nn.Embedding(10, 4);
        Assert.Equal(0, embedding.Summary(7).MultiplyAdds);
        Assert.Equal("7×4", ModelSummary.Shapes(embedding.Summary(7).Root.Outputs));
    }

    /// <summary>Of length L and size E: the projections of queries, keys, values and output are 4·L·E·E, the two products
    /// 2·L·L·E.</summary>
    [Fact]
    public void Attention_and_transformers()
    {
        const int e = 8, s = 5, t = 3, hidden = 16;
        using var attention = nn.MultiheadAttention(e, 2);
        Assert.Equal((2 * t + 2 * s) * e * e + 2 * t * s * e,
            attention.Summary(zeros(t, 1, e), zeros(s, 1, e), zeros(s, 1, e)).MultiplyAdds);
        using var other = nn.MultiheadAttention(e, 2, kdim: 4, vdim: 4, add_bias_kv: true);
        Assert.Equal(2 * (2 * t * e * e + 2 * s * 4 * e + 2 * t * (s + 1) * e),
            other.Summary(zeros(t, 2, e), zeros(s, 2, 4), zeros(s, 2, 4)).MultiplyAdds);

        long Encoder(long length) => length * (4 * e * e + 2 * e * hidden) + 2 * length * length * e;
        long Decoder(long own, long memory) => Encoder(own) + own * 2 * e * e + memory * 2 * e * e + 2 * own * memory * e;
        using var layer = nn.TransformerEncoderLayer(e, 2, hidden);
        Assert.Equal(Encoder(s), layer.Summary(zeros(s, 1, e)).MultiplyAdds);
        using var encoder = nn.TransformerEncoder(layer, 3);
        Assert.Equal(3 * 2 * Encoder(s), encoder.Summary(zeros(s, 2, e)).MultiplyAdds);
        using var decoderLayer = nn.TransformerDecoderLayer(e, 2, hidden);
        using var decoder = nn.TransformerDecoder(decoderLayer, 2);
        Assert.Equal(2 * Decoder(t, s), decoder.Summary(zeros(t, 1, e), zeros(s, 1, e)).MultiplyAdds);
        using var both = nn.Transformer(e, 2, 2, 3, hidden);
        Assert.Equal(2 * Encoder(s) + 3 * Decoder(t, s), both.Summary(zeros(s, 1, e), zeros(t, 1, e)).MultiplyAdds);
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Inputs_have_the_weights_type(ScalarType type)
    {
        var summary = Of((n, x) => n.Layers[1].call(n.Layers[0].call(x).relu().flatten(1)), [1, 6, 6],
            nn.Conv2d(1, 2, 3, dtype: type), nn.Linear(32, 3, dtype: type));
        Assert.Equal(2 * 16 * 9 + 96, summary.MultiplyAdds);
        Assert.Equal(type == ScalarType.Float64 ? 8 * 119 : 2 * 119, summary.ParameterBytes);
    }

    [Fact]
    public void Mixed_types_are_told()
    {
        var problem = Assert.Throws<ArgumentException>(() => Of((n, x) => n.Layers[1].call(n.Layers[0].call(x)), [4],
            nn.Linear(4, 4), nn.Linear(4, 2, dtype: ScalarType.Float16))).Message;
        Assert.Contains("In l1 (Linear)", problem, StringComparison.Ordinal);
        Assert.Contains("Its weights are Float16 and its input is Float32: convert the input, by x.to(ScalarType.Float16)",
            problem, StringComparison.Ordinal);
    }
}
