using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Classic;

public sealed class LinearClassifierTests
{
    [Fact]
    public void Three_clouds_are_told_apart_each_by_its_own_number()
    {
        random.manual_seed(1);
        using var scope = NewDisposeScope();
        var labels = arange(300, dtype: ScalarType.Int64) % 3;
        var centres = tensor(new float[,] { { 0, 0 }, { 6, 0 }, { 0, 6 } });
        var features = centres.index_select(0, labels) + randn(300, 2) * 0.5f;
        var classifier = LinearClassifier.Train(features, labels);
        Assert.Equal([0, 1, 2], classifier.Predict(centres).data<long>().ToArray());
        Assert.True(classifier.Predict(features).eq(labels).to(ScalarType.Float32).mean().item<float>() > 0.99);
        Assert.Contains("N×2", Assert.Throws<ArgumentException>(() => classifier.Predict(zeros(1, 3))).Message,
            StringComparison.Ordinal);
        Assert.Contains("only one class",
            Assert.Throws<ArgumentException>(() => LinearClassifier.Train(features, zeros_like(labels))).Message,
            StringComparison.Ordinal);
        Assert.Contains("N labels", Assert.Throws<ArgumentException>(() => LinearClassifier.Train(features, labels[..5])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Histograms_count_the_direction_of_an_edge_and_do_not_care_which_side_is_bright()
    {
        using var scope = NewDisposeScope();
        var upright = zeros(1, 1, 14, 14);
        upright[.., .., .., 7..] = 1;
        var level = upright.transpose(2, 3);
        var bins = OrientedGradients.Histograms(upright, 14);
        Assert.Equal(0, bins.argmax().item<long>()); // the gradient points to the right: 0 degrees
        Assert.True(bins.allclose(OrientedGradients.Histograms(1 - upright, 14), atol: 1e-5));
        // 90 degrees lies between bins 4 and 5
        Assert.InRange(OrientedGradients.Histograms(level, 14).argmax().item<long>(), 4, 5);
        Assert.Equal([1, 9 * 16], OrientedGradients.Histograms(zeros(1, 1, 28, 28)).shape);
        Assert.Equal(0, OrientedGradients.Histograms(ones(1, 1, 28, 28)).abs().max().item<float>());
    }
}
