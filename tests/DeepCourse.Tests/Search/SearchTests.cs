using DeepCourse.Data;
using DeepCourse.Visuals;
using static TorchSharp.torch;

namespace DeepCourse.Search;

public sealed class SearchTests
{
    /// <summary>A stand-in for training that prefers width, so that the strategies can be followed by hand.</summary>
    private static Candidate Pretend(CnnDesign d) => new(d, 0.5 + d.Width / 100.0 + d.Stages / 1000.0, d.Width * 1000L);

    [Fact]
    public void The_space_holds_what_it_says_and_all_of_it_can_be_built()
    {
        Assert.Equal(72, CnnSpace.All.Distinct().Count());
        using var input = zeros(1, 1, 28, 28);
        Assert.All(CnnSpace.All, design =>
        {
            using var network = CnnSpace.Build(design);
            using var logits = network.call(input);
            Assert.Equal([1, 10], logits.shape);
        });
    }

    [Fact]
    public void A_mutation_changes_one_choice()
    {
        var random = new Random(1);
        for (var i = 0; i < 200; i++)
        {
            var parent = CnnSpace.Draw(random);
            var child = CnnSpace.Mutate(parent, random);
            Assert.Contains(child, CnnSpace.All);
            var changes = new[] { parent.Stages != child.Stages, parent.Convolutions != child.Convolutions,
                parent.Width != child.Width, parent.Kernel != child.Kernel, parent.BatchNorm != child.BatchNorm };
            Assert.Single(changes, c => c);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_search()
    {
        Assert.Equal(new RandomSearch(Pretend).Run(20, seed: 3), new RandomSearch(Pretend).Run(20, seed: 3));
        Assert.Equal(20, new RandomSearch(Pretend).Run(20, seed: 3).Select(c => c.Design).Distinct().Count());
        Assert.NotEqual(new RandomSearch(Pretend).Run(20, seed: 3), new RandomSearch(Pretend).Run(20, seed: 4));
        Assert.Equal(new RegularizedEvolution(Pretend).Run(30, 6, 3, seed: 3),
            new RegularizedEvolution(Pretend).Run(30, 6, 3, seed: 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomSearch(Pretend).Run(1000, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RegularizedEvolution(Pretend).Run(5, 6, 3, 1));
    }

    [Fact]
    public void Evolution_s_parents_are_alive_and_it_climbs()
    {
        const int population = 6;
        var tried = new RegularizedEvolution(Pretend).Run(60, population, 3, seed: 1).ToList();
        Assert.All(tried.Take(population), c => Assert.Null(c.Parent));
        for (var i = population; i < tried.Count; i++)
        {
            // The oldest dies: a parent is one of the latest six.
            Assert.Contains(tried[(i - population)..i], c => ReferenceEquals(c, tried[i].Parent));
            Assert.NotEqual(tried[i].Parent!.Design, tried[i].Design);
        }
        Assert.True(tried[^10..].Average(c => c.Accuracy) > tried[..10].Average(c => c.Accuracy));
    }

    [Fact]
    public void No_network_of_the_front_is_beaten()
    {
        Candidate Make(double accuracy, long parameters) => new(CnnSpace.All[0], accuracy, parameters);
        var front = Candidate.Front([Make(0.7, 100), Make(0.6, 200), Make(0.8, 300), Make(0.8, 400), Make(0.75, 100)]);
        Assert.Equal([(0.75, 100L), (0.8, 300L)], front.Select(c => (c.Accuracy, c.Parameters)));
        Assert.Empty(Candidate.Front([]));
        Assert.Contains("Pareto front: 0.750 with 100 parameters",
            new SearchFigure([("test", front)], ("hand", 50, 0.5)).ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_that_treats_all_images_alike_scores_lower()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var images = rand(16, 1, 28, 28);
        var network = CnnSpace.Build(new CnnDesign(2, 1, 8, 3, true));
        network.eval();
        var (different, alike) = (ActivationPatterns.Score(network, images),
            ActivationPatterns.Score(network, images[..1].expand(16, 1, 28, 28) + 1e-3 * images));
        Assert.True(different > alike, $"{different} {alike}");
        Assert.Contains("no ReLU",
            Assert.Throws<ArgumentException>(() => ActivationPatterns.Score(nn.Linear(1, 1), images)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_evaluation_really_trains()
    {
        using var images = FashionMnist.Train(1_200);
        using var learn = images.Part(0, 900);
        using var judge = images.Part(900, 300);
        var candidate = new TrainingEvaluation(learn, judge).Evaluate(new CnnDesign(2, 1, 8, 3, true));
        Assert.InRange(candidate.Accuracy, 0.3, 1);
        Assert.Equal(candidate, new TrainingEvaluation(learn, judge).Evaluate(candidate.Design)); // a seed gives the same search
        using var network = CnnSpace.Build(candidate.Design);
        Assert.Equal(network.parameters().Sum(p => p.numel()), candidate.Parameters);
        Assert.Throws<ArgumentOutOfRangeException>(() => images.Part(1_000, 300));
    }
}
