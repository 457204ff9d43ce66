namespace DeepCourse.Search;

/// <summary>The simplest strategy, and the one to beat: draw, evaluate, keep the best (Li and Talwalkar 2019).</summary>
/// <param name="evaluate">Trains a design, and tells what came of it.</param>
public sealed class RandomSearch(Func<CnnDesign, Candidate> evaluate)
{
    /// <summary>Tries <paramref name="budget"/> different designs. The same seed gives the same ones.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A budget below 1, or beyond the space.</exception>
    public IEnumerable<Candidate> Run(int budget, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(budget, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(budget, CnnSpace.All.Count);
        var designs = CnnSpace.All.ToArray();
        new Random(seed).Shuffle(designs);
        return designs.Take(budget).Select(evaluate);
    }
}
