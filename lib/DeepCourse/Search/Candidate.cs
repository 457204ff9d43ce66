namespace DeepCourse.Search;

/// <summary>A network that a search has tried.</summary>
/// <param name="Design">What it is.</param>
/// <param name="Accuracy">On images that it did not learn from, 0 to 1.</param>
/// <param name="Parameters">How many it has.</param>
/// <param name="Parent">The candidate that it was made from; null for one that was drawn.</param>
public sealed record Candidate(CnnDesign Design, double Accuracy, long Parameters, Candidate? Parent = null)
{
    /// <summary>The candidates that no other one beats in both accuracy and size, from small to large: the Pareto
    /// front.</summary>
    public static IReadOnlyList<Candidate> Front(IEnumerable<Candidate> candidates)
    {
        var (front, best) = (new List<Candidate>(), double.NegativeInfinity);
        foreach (var candidate in candidates.OrderBy(c => c.Parameters).ThenByDescending(c => c.Accuracy))
        {
            if (candidate.Accuracy <= best) continue;
            best = candidate.Accuracy;
            front.Add(candidate);
        }
        return front;
    }

    /// <summary>Such as "1 stage × 1 conv 3×3, 4 channels up: accuracy 0.71, 1,200 parameters".</summary>
    public override string ToString() => $"{Design}: accuracy {Accuracy:0.####}, {Parameters:N0} parameters";
}
