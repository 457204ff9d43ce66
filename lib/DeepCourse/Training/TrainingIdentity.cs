using TorchSharp.Modules;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>What has to be the same for a training to be gone on with, each in words.</summary>
internal static class TrainingIdentity
{
    /// <summary>The facts of a training, by name.</summary>
    public static IReadOnlyDictionary<string, string> Of(Trainer trainer) => new Dictionary<string, string>
    {
        ["training data"] = trainer.Batches.Fingerprint,
        ["validation data"] = trainer.Validation?.Fingerprint ?? "none",
        ["loss"] = trainer.Setup.LossMark is { } mark ? $"{mark:g5} for a test" : "unknown",
        ["parts of a batch"] = $"{trainer.Parts}",
        ["metrics"] = string.Join(", ", trainer.Setup.Metrics.Select(m => m.Name)),
        ["optimizer"] = OptimizerOf(trainer.Optimizer),
        ["callbacks"] = string.Join(", ", trainer.Callbacks.All.Select(c => c.Name).Where(n => n.Length > 0)),
    };

    /// <summary>What is different, in sentences.</summary>
    public static IReadOnlyList<string> Differences(
        IReadOnlyDictionary<string, string> saved,
        IReadOnlyDictionary<string, string> now) =>
        [.. now.Where(n => saved.GetValueOrDefault(n.Key) != n.Value)
            .Select(n => $"- {n.Key}: {Words(saved.GetValueOrDefault(n.Key))} there, {Words(n.Value)} here.")];

    private static string Words(string? value) => string.IsNullOrEmpty(value) ? "none" : value;

    /// <summary>Its kind, and all that it was made with: the initial rate, momentum and so on, group by group.</summary>
    private static string OptimizerOf(optim.Optimizer optimizer) => $"{optimizer.GetType().Name} " + string.Join(" and ",
        optimizer.ParamGroups.Select(g => $"({string.Join(", ", OptionsOf(g))})"));

    private static IEnumerable<string> OptionsOf(optim.ILearningRateController group)
    {
        yield return $"rate {group.InitialLearningRate:g6}";
        if (group is not ParamGroup { Parameters: var parameters }) yield break;
        yield return $"{parameters.Count()} parameters";
        var options = group.GetType().GetProperties().FirstOrDefault(p => p.Name == "Options")?.GetValue(group);
        foreach (var field in options?.GetType().GetFields() ?? [])
            if (field.Name is not ("LearningRate" or "InitialLearningRate") && field.GetValue(options) is { } value
                && value is double or bool or int or long or float)
                yield return $"{field.Name} {value}";
    }
}
