using static TorchSharp.torch;

namespace DeepCourse.Training;

[Collection(nameof(Alone))]
public sealed class EarlyStoppingTests
{
    private static void Look(EarlyStopping stopping, string name, IEnumerable<double> values)
    {
        var number = 0;
        foreach (var value in values)
        {
            number++;
            if (stopping.StoppedEpoch is null)
                stopping.Look(new EpochResult(number, new Dictionary<string, double> { [name] = value }));
        }
    }

    /// <summary>Values of a loss, and after which epoch it must end (0: not), worked out by hand from Keras's and Lightning's
    /// documentation.</summary>
    [Theory]
    [InlineData("patience 1 ends at the first epoch that is no better", 1, 0, "5 4 4 3", 3, 2)]
    [InlineData("patience 0 does the same", 0, 0, "5 4 4 3", 3, 2)]
    [InlineData("an equal value is no improvement", 2, 0, "5 4 4 4 3", 4, 2)]
    [InlineData("an improvement begins the count anew", 2, 0, "5 6 4 5 3 4 4", 7, 5)]
    [InlineData("the first three may be bad if the fourth is good", 3, 0, "5 6 6 4 5 5", 0, 4)]
    [InlineData("it never ends while it gets better", 1, 0, "9 8 7 6 5 4 3 2 1", 0, 9)]
    [InlineData("rising from the start: the first is the best", 3, 0, "1 2 3 4 5", 4, 1)]
    [InlineData("the change must be more than minDelta: exactly that is none", 2, 0.5, "5 4.5 4.5 3", 3, 1)]
    [InlineData("small steps do not count, though they add up once they are enough", 3, 0.5, "5 4.8 4.6 4.4 4.2", 0, 4)]
    [InlineData("small steps that never are enough", 2, 1, "5 4.8 4.6 4.4", 3, 1)]
    [InlineData("a negative minDelta is meant as a size", 2, -1, "5 4.8 4.6 4.4", 3, 1)]
    [InlineData("NaN is no improvement", 2, 0, "5 NaN NaN 1", 3, 1)]
    [InlineData("anything is better than NaN", 2, 0, "NaN 5 4", 0, 3)]
    [InlineData("only NaN", 2, 0, "NaN NaN NaN", 2, 1)]
    public void A_loss_ends_it_where_the_documentation_says(
    string why,
    int patience,
    double minDelta,
    string losses,
    int stopped,
    int best)
    {
        using var stopping = new EarlyStopping("validation loss", patience, minDelta);
        Look(stopping, "validation loss",
            losses.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.True(stopped == (stopping.StoppedEpoch ?? 0) && best == stopping.BestEpoch,
            $"{why}: ended after {stopping.StoppedEpoch}, best {stopping.BestEpoch}");
    }

    [Theory]
    [InlineData("validation accuracy", Mode.Auto, "0.5 0.6 0.6 0.55 0.7", 4, 2)]
    [InlineData("F1", Mode.Max, "0.5 0.6 0.6 0.55 0.7", 4, 2)]
    [InlineData("error", Mode.Min, "0.5 0.4 0.4 0.45 0.3", 4, 2)]
    [InlineData("validation top-5 accuracy", Mode.Auto, "0.5 0.6 0.7 0.8", 0, 4)]
    public void More_is_better_for_an_accuracy(string monitor, Mode mode, string values, int stopped, int best)
    {
        using var stopping = new EarlyStopping(monitor, patience: 2, mode: mode);
        Look(stopping, monitor,
            values.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal((stopped, best), (stopping.StoppedEpoch ?? 0, stopping.BestEpoch));
    }

    [Theory]
    [InlineData("not beaten: patience epochs are all there are, though it gets better", 2, 0.5, "0.9 0.8 0.7 0.6", 2, 2)]
    [InlineData("beaten in time", 3, 0.5, "0.9 0.8 0.4 0.45 0.45 0.3", 0, 6)]
    [InlineData("beaten, then no more", 2, 0.5, "0.9 0.4 0.45 0.45", 4, 2)]
    [InlineData("worse than the best but better than the baseline is no improvement", 2, 0.5, "0.3 0.4 0.4 0.4", 3, 1)]
    public void A_baseline_has_to_be_beaten(string why, int patience, double baseline, string losses, int stopped, int best)
    {
        using var stopping = new EarlyStopping("validation loss", patience, baseline: baseline);
        Look(stopping, "validation loss",
            losses.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.True(stopped == (stopping.StoppedEpoch ?? 0) && best == stopping.BestEpoch,
            $"{why}: ended after {stopping.StoppedEpoch}, best {stopping.BestEpoch}");
    }

    [Fact]
    public void The_first_epochs_can_be_left_out()
    {
        using var stopping = new EarlyStopping("validation loss", patience: 2, startFrom: 3);
        Look(stopping, "validation loss", [1, 2, 3, 9, 8, 9, 9]);
        Assert.Equal((7, 5), (stopping.StoppedEpoch ?? 0, stopping.BestEpoch));
    }

    [Fact]
    public void A_name_that_does_not_say_which_way_is_better_asks_for_the_mode()
    {
        Assert.Contains("mode: Mode.Min or Mode.Max", Assert.Throws<ArgumentException>(() => new EarlyStopping("F1")).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new EarlyStopping(patience: -1));
        using var stopping = new EarlyStopping("validation error", mode: Mode.Min);
        Assert.Contains("These are: training loss",
            Assert.Throws<ArgumentException>(() =>
                stopping.Look(new EpochResult(1, new Dictionary<string, double> { ["training loss"] = 1 }))).Message,
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void The_best_epoch_s_weights_and_buffers_come_back_if_they_are_wanted(bool restore)
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var after = new List<float[]>();
        using var stopping = new EarlyStopping(patience: 2, restoreBest: restore);
        // From the fourth epoch on it is made worse.
        var spoil = new Practice.Does(afterEpoch: t => after.Add(Practice.Weights(t.Model)),
            beforeStep: t => t.LearningRate = t.Epoch < 3 ? 1e-3 : 5);
        var history = Trainer.Fit(network, Practice.InBatches(160), Practice.InBatches(60, seed: 2), epochs: 30,
            callbacks: [spoil, stopping]);
        Assert.Equal(StopReason.Stopped, history.Reason);
        Assert.InRange(history.Epochs.Count, 4, 29);
        Assert.Equal(history.Epochs.Count - 2, stopping.BestEpoch);
        Assert.Equal(history.Best().Number, stopping.BestEpoch);
        Assert.Equal(after[restore ? stopping.BestEpoch - 1 : ^1], Practice.Weights(network));
        Assert.NotEqual(after[stopping.BestEpoch - 1], after[^1]);
        Assert.Equal(restore ? stopping.BestEpoch : null, history.Restored);
        Assert.StartsWith(
            $"Stopped early after epoch {history.Epochs.Count}: the validation loss has not improved for 2 epochs (best: ",
            history.Message, StringComparison.Ordinal);
        Assert.Equal(restore,
            history.Message.Contains($"The weights of epoch {stopping.BestEpoch} were restored.", StringComparison.Ordinal));
    }

    [Fact]
    public void The_best_comes_back_also_when_all_epochs_are_done_and_it_can_be_used_again()
    {
        using var scope = NewDisposeScope();
        using var stopping = new EarlyStopping(patience: 10);
        for (var time = 0; time < 2; time++)
        {
            using var network = Practice.Network();
            var after = new List<float[]>();
            var spoil = new Practice.Does(afterEpoch: t => after.Add(Practice.Weights(t.Model)),
                beforeStep: t => t.LearningRate = t.Epoch < 2 ? 1e-3 : 5);
            var history = Trainer.Fit(network, Practice.InBatches(160), Practice.InBatches(60, seed: 2), epochs: 4,
                callbacks: [spoil, stopping]);
            Assert.Equal((StopReason.Finished, stopping.BestEpoch), (history.Reason, history.Restored));
            Assert.Equal(after[stopping.BestEpoch - 1], Practice.Weights(network));
        }
    }

    [Fact]
    public void Without_a_validation_set_it_says_what_to_give()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        using var stopping = new EarlyStopping();
        Assert.Contains("give Fit a validation set",
            Assert.Throws<ArgumentException>(() => Trainer.Fit(network, Practice.InBatches(32), callbacks: [stopping])).Message,
            StringComparison.Ordinal);
        using var onTraining = new EarlyStopping(Measured.TrainingLoss);
        Assert.Equal(2, Trainer.Fit(network, Practice.InBatches(32), epochs: 2, callbacks: [onTraining]).Epochs.Count);
    }
}
