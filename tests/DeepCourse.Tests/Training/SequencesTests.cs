using DeepCourse.Data;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>Words, several inputs, sequences of unequal length, states that go on.</summary>
[Collection(nameof(Alone))]
public sealed class SequencesTests
{
    /// <summary>Words by number, N×T → N×T×K by an LSTM.</summary>
    private sealed class Tagger : nn.Module<Tensor, Tensor>
    {
        private readonly Embedding embedding = nn.Embedding(10, 8);
        private readonly LSTM lstm = nn.LSTM(8, 16, batchFirst: true);
        private readonly Linear head;

        public Tagger(int classes) : base(nameof(Tagger))
        {
            head = nn.Linear(16, classes);
            RegisterComponents();
        }

        public override Tensor forward(Tensor words) => head.call(lstm.call(embedding.call(words)).Item1);

        public (Tensor, Tensor, Tensor) GoOn(Tensor words, (Tensor, Tensor)? state)
        {
            var (outputs, h, c) = lstm.call(embedding.call(words), state);
            return (head.call(outputs), h, c);
        }
    }

    private sealed class Pair() : nn.Module<Tensor, Tensor, Tensor>(nameof(Pair))
    {
        private readonly Linear left = nn.Linear(3, 4);
        private readonly Linear right = nn.Linear(2, 4);

        public static Pair Create()
        {
            var pair = new Pair();
            pair.RegisterComponents();
            return pair;
        }

        public override Tensor forward(Tensor a, Tensor b) => left.call(a) + right.call(b);
    }

    /// <summary>Many to one; lengths may be left out.</summary>
    private sealed class Reader : nn.Module<Tensor, Tensor, Tensor>
    {
        private readonly Embedding embedding = nn.Embedding(10, 8);
        private readonly GRU gru = nn.GRU(8, 16, batchFirst: true);
        private readonly Linear head = nn.Linear(16, 3);

        public Reader() : base(nameof(Reader)) => RegisterComponents();

        public override Tensor forward(Tensor words, Tensor? lengths = null)
        {
            var states = gru.call(embedding.call(words)).Item1;
            if (lengths is null) return head.call(states.select(1, -1));
            return head.call(states.gather(1, (lengths - 1).view(-1, 1, 1).expand(-1, 1, 16)).squeeze(1));
        }
    }

    private static Tagger Network(int classes = 3)
    {
        random.manual_seed(1);
        return new Tagger(classes);
    }

    /// <summary>Sequences of 2 to 9 words; the tag of a word is its number modulo 3.</summary>
    private static (Tensor Words, Tensor Lengths, Tensor Tags) Sentences(int count, long fill = Answers.Ignored)
    {
        using var scope = NewDisposeScope();
        var dice = new Random(3);
        List<Tensor> words = [], tags = [];
        for (var i = 0; i < count; i++)
        {
            var sentence = tensor(Enumerable.Range(0, dice.Next(2, 10)).Select(_ => (long)dice.Next(1, 10)).ToArray());
            words.Add(sentence);
            tags.Add(sentence.remainder(3));
        }
        var (padded, lengths) = Sequences.Pad(words);
        return (padded.MoveToOuterDisposeScope(), lengths.MoveToOuterDisposeScope(),
            Sequences.Pad(tags, fill).Padded.MoveToOuterDisposeScope());
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void Padding_counts_neither_in_the_loss_nor_in_the_metrics(bool withLengths)
    {
        using var scope = NewDisposeScope();
        // With lengths it does not matter what stands in the padding; without, labels of −100 say what is padding.
        var (words, lengths, tags) = Sentences(50, withLengths ? 1 : Answers.Ignored);
        using var network = Network();
        var batches = new Batches(words, tags, 16, lengths: withLengths ? lengths : null);
        var history = Trainer.Fit(network, batches, batches, epochs: 2, optimizer: optim.Adam(network.parameters(), 0.01));

        var outputs = network.call(words);
        var real = arange(words.shape[1]).unsqueeze(0).lt(lengths.unsqueeze(1));
        var (rows, truth) = (outputs[TensorIndex.Tensor(real)], tags[TensorIndex.Tensor(real)]);
        Assert.Equal(nn.functional.cross_entropy(rows, truth).item<float>(), history.Last[Measured.ValidationLoss], 1e-5);
        Assert.Equal(rows.argmax(1).eq(truth).to(ScalarType.Float32).mean().item<float>(),
            history.Last[Measured.ValidationAccuracy], 1e-6);
        using var evaluation = Evaluation.Of(network, batches);
        Assert.Equal(lengths.sum().item<long>(), evaluation.Count);
        Assert.Equal(history.Last[Measured.ValidationAccuracy], evaluation.Accuracy, 1e-9);
        Assert.Equal(history.Last[Measured.ValidationLoss], evaluation.Loss, 1e-6);
    }

    [Fact]
    public void A_network_that_may_be_given_lengths_is_given_them()
    {
        using var scope = NewDisposeScope();
        var (words, lengths, tags) = Sentences(60);
        var labels = tags.select(1, 0).contiguous();
        using var network = new Reader();
        var history = Trainer.Fit(network, new Batches(words, labels, 16, lengths: lengths),
            new Batches(words, labels, 60, lengths: lengths), epochs: 3);
        using var outputs = Trainer.Predict(network, words, lengths);
        for (var i = 0; i < 10; i++)
        {
            var alone = network.call(words[i..(i + 1), ..(int)lengths[i].item<long>()], null!);
            Assert.True(alone.allclose(outputs[i..(i + 1)], atol: 1e-5));
        }
        Assert.Equal(nn.functional.cross_entropy(outputs, labels).item<float>(), history.Last[Measured.ValidationLoss], 1e-5);
    }

    [Fact]
    public void A_state_that_may_be_given_is_not_taken_for_lengths()
    {
        using var scope = NewDisposeScope();
        using var gru = nn.GRU(2, 3, batchFirst: true);
        var lengths = tensor(new long[] { 4, 2 });
        using var outputs = Trainer.Predict(gru, ones(2, 4, 2), lengths);
        Assert.True(gru.call(ones(1, 4, 2)).Item1.allclose(outputs[..1], atol: 1e-6));
    }

    [Fact]
    public void A_loss_of_one_s_own_is_given_the_steps_that_count()
    {
        using var scope = NewDisposeScope();
        var (words, lengths, _) = Sentences(40);
        using var network = Network(classes: 1);
        var values = words.to(ScalarType.Float32).unsqueeze(2) / 10;
        List<long> rows = [];
        Trainer.Fit(network, new Batches(words, values, 8, lengths: lengths), epochs: 1, metrics: [Metric.MeanAbsoluteError],
            loss: (outputs, targets) =>
            {
                Assert.Equal(targets.shape, outputs.shape);
                rows.Add(targets.shape[0]);
                return nn.functional.mse_loss(outputs, targets);
            });
        Assert.Equal(lengths.sum().item<long>(), rows.TakeLast(5).Sum());
    }

    [Fact]
    public void It_learns_to_tag_and_equals_a_loop_by_hand_to_the_last_bit()
    {
        using var scope = NewDisposeScope();
        var (words, lengths, tags) = Sentences(64);
        var batches = new Batches(words, tags, 16, lengths: lengths);
        using var ours = Network();
        Trainer.Fit(ours, batches, epochs: 3, optimizer: optim.Adam(ours.parameters(), 0.01));
        using var byHand = Network();
        using var adam = optim.Adam(byHand.parameters(), 0.01);
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            foreach (var batch in batches.Epoch(epoch))
            {
                var real = TensorIndex.Tensor(batch.Mask());
                var loss = nn.functional.cross_entropy(byHand.call(batch.Inputs)[real], batch.Targets[real]);
                adam.zero_grad();
                loss.backward();
                adam.step();
            }
        }
        Assert.Equal(Practice.Weights(byHand), Practice.Weights(ours));
        var history = Trainer.Fit(ours, batches, epochs: 20, optimizer: optim.Adam(ours.parameters(), 0.02));
        Assert.InRange(history.Last[Measured.TrainingAccuracy], 0.97, 1);
    }

    [Theory]
    [InlineData(3), InlineData(5)]
    public void Classes_come_last_also_where_there_are_as_many_as_steps(int steps)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(2);
        var words = randint(1, 10, [40, steps]);
        using var network = Network();
        Trainer.Fit(network, new Batches(words, words.remainder(3), 8), epochs: 30,
            optimizer: optim.Adam(network.parameters(), 0.02));
        using var evaluation = Evaluation.Of(network, words, words.remainder(3));
        Assert.Equal(1, evaluation.Accuracy, 0.02);
        Assert.Equal(40 * steps, evaluation.Count);
    }

    [Fact]
    public void By_length_a_batch_holds_sequences_of_like_length_and_none_is_lost()
    {
        using var scope = NewDisposeScope();
        var (words, lengths, tags) = Sentences(203);
        long Padding(Batches batches, int epoch) => batches.Epoch(epoch)
            .Sum(b => b.Inputs.numel() - b.Lengths!.sum().item<long>());
        var like = new Batches(words, tags, 16, lengths: lengths, byLength: true);
        var mixed = new Batches(words, tags, 16, lengths: lengths);
        Assert.True(Padding(like, 1) < Padding(mixed, 1) / 3);
        Assert.Equal(lengths.sum().item<long>(), like.Epoch(2).Sum(b => b.Lengths!.sum().item<long>()));
        Assert.Equal(203, like.Epoch(2).Sum(b => b.Count));
        Assert.All(like.Epoch(1), b => Assert.Equal(b.Lengths!.max().item<long>(), b.Inputs.shape[1]));
        Assert.NotEqual(Firsts(like, 1), Firsts(like, 2));
        Assert.Equal(Firsts(like, 2).Skip(5), like.Epoch(2, skip: 5).Select(b => b.Inputs.sum().item<long>()));
        var sorted = new Batches(words, tags, 16, shuffle: false, lengths: lengths, byLength: true);
        Assert.Equal(lengths.data<long>().ToArray().OrderDescending(),
            sorted.Epoch(1).SelectMany(b => b.Lengths!.data<long>().ToArray()));

        static IEnumerable<long> Firsts(Batches batches, int epoch) =>
            [.. batches.Epoch(epoch).Select(b => b.Inputs.sum().item<long>())];
    }

    [Fact]
    public void Several_inputs_go_to_a_network_that_takes_several()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        var (a, b) = (randn(60, 3), randn(60, 2));
        var labels = (a[.., 0] + b[.., 1]).gt(0).to(ScalarType.Int64);
        using var network = Pair.Create();
        var history = Trainer.Fit(network, new Batches([a, b], labels, 12), new Batches([a, b], labels, 12), epochs: 30,
            optimizer: optim.Adam(network.parameters(), 0.05));
        Assert.InRange(history.Last[Measured.ValidationAccuracy], 0.95, 1);
        var e = Assert.Throws<ArgumentException>(() => Trainer.Fit(network, new Batches(a, labels, 12)));
        Assert.Contains("Pair can't be called: it is not called with 1 tensor: it wants 1. a (Tensor), 2. b (Tensor)",
            e.Message, StringComparison.Ordinal);
        Assert.Contains("forward: batch => …", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_of_a_source_are_not_taken_for_those_of_the_targets()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        // As many steps there as here, and other lengths: a translation.
        var (source, shifted, targets) = (randint(1, 9, [12, 5]), randint(1, 9, [12, 5]), randint(0, 4, [12, 5]));
        var lengths = tensor(Enumerable.Range(0, 12).Select(i => 1L + i % 4).ToArray());
        targets[.., 4..] = -100;
        using var head = nn.Embedding(9, 4);
        List<long> steps = [];
        var batches = new Batches([source, shifted], targets, 4, lengths: lengths);
        var history = Trainer.Fit(head, batches, batches, epochs: 1, forward: batch =>
        {
            steps.Add(batch[0].shape[1]);
            steps.Add(batch[1].shape[1]);
            return head.call(batch[1]) + 0 * head.call(batch[0]);
        });
        Assert.All(steps, s => Assert.Equal(5, s));
        var outputs = head.call(shifted);
        Assert.Equal(nn.functional.cross_entropy(outputs.reshape(-1, 4), targets.reshape(-1)).item<float>(),
            history.Last[Measured.ValidationLoss], 1e-5);
        // A value for each class, as many classes as steps, is none for each step, if that is said.
        var few = new Batches(shifted[.., ..4], rand(12, 4), 4, lengths: lengths, perStep: false);
        Assert.All(few.Epoch(1), b => Assert.Equal(4, b.Targets.shape[1]));
        var each = new Batches(shifted[.., ..4], rand(12, 4), 4, lengths: lengths, perStep: true);
        Assert.All(each.Epoch(1), b => Assert.Equal(b.Targets.shape[1], b.Inputs.shape[1]));
        var other = new Batches(shifted, rand(12, 4), 4, lengths: lengths);
        Assert.All(other.Epoch(1), b => Assert.Equal(4, b.Targets.shape[1]));
    }

    [Fact]
    public void An_lstm_itself_is_a_network_whose_output_comes_first()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var lstm = nn.LSTM(2, 1, batchFirst: true);
        var x = randn(32, 5, 2);
        var history = Trainer.Fit(lstm, new Batches(x, x.sum(2, keepdim: true).tanh() / 2, 8), epochs: 20,
            optimizer: optim.Adam(lstm.parameters(), 0.05), loss: Loss.MeanSquaredError());
        Assert.True(history.Last[Measured.TrainingLoss] < history.Epochs[0][Measured.TrainingLoss] / 2);
        using var gru = nn.GRU(2, 1, batchFirst: true);
        Trainer.Fit(gru, new Batches(x, x.sum(2, keepdim: true), 8), epochs: 1, loss: Loss.MeanSquaredError());
    }

    [Fact]
    public void A_long_text_is_read_on_from_batch_to_batch_with_its_state()
    {
        using var scope = NewDisposeScope();
        var tokens = arange(101).remainder(7);
        var text = Batches.OfText(tokens, size: 4, steps: 6);
        var batches = text.Epoch(1).Select(b => (b.Inputs.clone(), b.Targets.clone(), b.Continues)).ToList();
        Assert.Equal(5, batches.Count); // 25 steps of each of 4 pieces
        Assert.Equal([false, true, true, true, true], batches.Select(b => b.Continues));
        Assert.Equal(tokens[..25].data<long>().ToArray(), cat([.. batches.Select(b => b.Item1)], 1)[0].data<long>().ToArray());
        Assert.Equal(tokens[76..101].data<long>().ToArray(), cat([.. batches.Select(b => b.Item2)], 1)[3].data<long>().ToArray());

        using var network = Network(classes: 7);
        using var state = new HiddenState();
        List<int> found = [];
        Tensor GoOn(Batch batch)
        {
            var before = state.For(batch);
            found.Add(before.Count);
            var (outputs, h, c) = network.GoOn(batch.Inputs, before is [var h0, var c0] ? (h0, c0) : null);
            state.Keep(h, c);
            return outputs;
        }
        var history = Trainer.Fit(network, text, text, epochs: 40, optimizer: optim.Adam(network.parameters(), 0.02),
            callbacks: [state], forward: GoOn);
        Assert.InRange(history.Last[Measured.ValidationAccuracy], 0.99, 1);
        Assert.Equal([0, 2, 2, 2, 2, 0, 2, 2, 2, 2], found.TakeLast(10));
    }

    [Fact]
    public void A_state_is_saved_with_a_checkpoint()
    {
        var file = Path.Combine(Path.GetTempPath(), $"deepcourse-state-{Guid.NewGuid():n}.safetensors");
        float[] Train(int? stop)
        {
            using var scope = NewDisposeScope();
            using var network = Network(classes: 7);
            using var state = new HiddenState();
            using var source = new CancellationTokenSource();
            using var adam = optim.Adam(network.parameters(), 0.02);
            Trainer.Fit(network, Batches.OfText(arange(101).remainder(7), 4, 6), epochs: 3, optimizer: adam,
                callbacks: [state, new Checkpoint(file, everySteps: 1, resume: true),
                    new Practice.Does(afterStep: t => { if (t.Step == stop) source.Cancel(); })],
                forward: batch =>
                {
                    var (outputs, h, c) = network.GoOn(batch.Inputs, state.For(batch) is [var h0, var c0] ? (h0, c0) : null);
                    state.Keep(h, c);
                    return outputs;
                }, cancellation: source.Token);
            return Practice.Weights(network);
        }
        try
        {
            var whole = Train(null);
            File.Delete(file);
            Train(8);
            Assert.Equal(whole, Train(null));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Batches_of_one_s_own_are_learned_from_epoch_after_epoch()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var (images, labels) = Practice.Stripes(96);
        IEnumerable<Batch> Own()
        {
            for (var at = 0; at < 96; at += 12)
            {
                using var batch = new Batch(images.narrow(0, at, 12), labels.narrow(0, at, 12));
                yield return batch;
            }
        }
        var history = Trainer.Fit(network, Batches.From(Own()), Batches.From(Own(), perEpoch: 4), epochs: 3);
        Assert.Equal(24, history.StepLosses.Count);
        var list = Own().Take(0).Append(new Batch(images, labels)).ToArray();
        Assert.Equal(2, Trainer.Fit(network, Batches.From(list), epochs: 2).StepLosses.Count);
        Assert.Contains("no batches", Assert.Throws<ArgumentException>(() => Batches.From([])).Message, StringComparison.Ordinal);
        Assert.Contains("one has 8", Assert.Throws<InvalidOperationException>(() =>
            Trainer.Fit(network, Batches.From(Own(), perEpoch: 9), epochs: 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_that_do_not_fit_are_told_before_the_first_step()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var words = randint(0, 10, [20, 4]);
        void Says(string what, Action fit) =>
            Assert.Contains(what, Assert.Throws<ArgumentException>(fit).Message, StringComparison.Ordinal);
        Says("run from 0 to 12, and the embedding has 10 rows", () =>
        {
            words[7, 1] = 12;
            Trainer.Fit(network, new Batches(words, words.remainder(3), 5));
        });
        words[7, 1] = 1;
        Says("labels run from 0 to 4, and the network has 3 outputs",
            () => Trainer.Fit(network, new Batches(words, words.remainder(5), 5)));
        Says("−100 is for what is not counted", () => Trainer.Fit(network, new Batches(words, words.remainder(3) - 1, 5)));
        Says("All training labels are −100", () => Trainer.Fit(network, new Batches(words, full_like(words, -100), 5)));
        Says("Example 0 has a length of 9", () => _ = new Batches(words, words, 5, lengths: full([20], 9L, ScalarType.Int64)));
    }

    [Fact]
    public void Sequences_of_unequal_length_are_predicted_with_zeros_behind_their_ends()
    {
        using var scope = NewDisposeScope();
        using var network = Network();
        var (words, lengths, _) = Sentences(30);
        using var predicted = Trainer.Predict(network, words, lengths, size: 4);
        var real = arange(words.shape[1]).unsqueeze(0).lt(lengths.unsqueeze(1)).unsqueeze(2);
        Assert.True(predicted.allclose(network.call(words) * real, 1e-4, 1e-5));
        using var pair = Pair.Create();
        using var both = Trainer.Predict(pair, [randn(5, 3), randn(5, 2)], size: 2);
        Assert.Equal([5L, 4], both.shape);
    }

    [Fact]
    public void Predictions_come_back_in_order_whatever_the_modes()
    {
        using var scope = NewDisposeScope();
        using var network = Practice.Network();
        var (images, _) = Practice.Stripes(37);
        network.train();
        using var predicted = Trainer.Predict(network, images, size: 8);
        Assert.True(network.training);
        network.eval();
        Assert.True(predicted.allclose(network.call(images), 1e-5, 1e-6));
        using var one = Trainer.Predict(network, images[..1]);
        Assert.Equal([1L, 3], one.shape);
        Assert.Contains("can't take new inputs of the shape N×1×12×12",
            Assert.Throws<ArgumentException>(() => Trainer.Predict(network, zeros(3, 1, 12, 12))).Message,
            StringComparison.Ordinal);
    }
}
