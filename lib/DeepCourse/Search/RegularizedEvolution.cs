namespace DeepCourse.Search;

/// <summary>
/// Regularised evolution (Real et al. 2019): a population; again and again the best of a few is copied with one change, and the
/// <em>oldest</em> dies, not the worst, so that a lucky evaluation does not live for ever.
/// </summary>
/// <param name="evaluate">Trains a design, and tells what came of it.</param>
public sealed class RegularizedEvolution(Func<CnnDesign, Candidate> evaluate)
{
    /// <summary>Tries <paramref name="budget"/> designs, the first population among them. The same seed gives the same
    /// ones.</summary>
    /// <param name="budget">How many are evaluated in all.</param>
    /// <param name="population">How many live at a time.</param>
    /// <param name="sample">Of how many the best becomes a parent.</param>
    /// <param name="seed">Of all choices.</param>
    /// <exception cref="ArgumentOutOfRangeException">A population larger than the budget, or a sample larger than the
    /// population.</exception>
    public IEnumerable<Candidate> Run(int budget, int population, int sample, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sample, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(population, sample);
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, population);
        return Evolve();

        IEnumerable<Candidate> Evolve()
        {
            var random = new Random(seed);
            var alive = new Queue<Candidate>();
            for (var i = 0; i < budget; i++)
            {
                Candidate candidate;
                if (alive.Count < population)
                {
                    candidate = evaluate(CnnSpace.Draw(random));
                }
                else
                {
                    var drawn = alive.ToArray();
                    random.Shuffle(drawn);
                    var parent = drawn.Take(sample).MaxBy(c => c.Accuracy)!;
                    candidate = evaluate(CnnSpace.Mutate(parent.Design, random)) with { Parent = parent };
                    alive.Dequeue();
                }
                alive.Enqueue(candidate);
                yield return candidate;
            }
        }
    }
}
