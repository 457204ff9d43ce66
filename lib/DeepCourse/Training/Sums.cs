using TorchSharp;
using static TorchSharp.torch;

namespace DeepCourse.Training;

/// <summary>
/// What is summed over an epoch. The losses of some steps wait together and are read back at once, so that a step waits for no
/// number, and yet the step at which a loss stopped being a number is known.
/// </summary>
internal sealed class Sums(IReadOnlyList<Metric> metrics) : IDisposable
{
    private const int Together = 32;

    private readonly List<(Tensor Loss, double Count, bool EndsStep)> _waiting = [];
    private readonly Tensor?[] _sums = new Tensor?[metrics.Count];
    private readonly double[] _resumed = new double[metrics.Count];
    private readonly long[] _counts = new long[metrics.Count];
    private double _loss, _counted, _stepLoss, _stepCounted;

    /// <summary>Losses of the steps that were read back so far.</summary>
    public List<float> Losses { get; } = [];

    /// <summary>Adds a batch, or a part of one.</summary>
    /// <param name="loss">Its mean.</param>
    /// <param name="answers">For the metrics.</param>
    /// <param name="weight">How much it weighs in the epoch's mean.</param>
    public void Add(Tensor loss, Answers answers, double weight)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _waiting.Add((loss.detach().DetachFromDisposeScope(), weight, false));
        if (metrics.Count == 0) return;
        var (outputs, targets, _) = answers.ForMetrics();
        // Sums over an epoch need more places than half precision has.
        if (outputs.dtype is ScalarType.Float16 or ScalarType.BFloat16) outputs = outputs.to(ScalarType.Float32);
        for (var i = 0; i < metrics.Count; i++)
        {
            var sum = metrics[i].Sum(outputs, targets);
            if (sum.is_floating_point() && sum.device_type == DeviceType.CPU) sum = sum.to(ScalarType.Float64);
            _counts[i] += metrics[i].Count(outputs, targets);
            if (_sums[i] is { } before) before.add_(sum);
            else _sums[i] = sum.DetachFromDisposeScope();
        }
    }

    /// <summary>What was added last was the end of a step.</summary>
    public void EndStep()
    {
        _waiting[^1] = _waiting[^1] with { EndsStep = true };
        if (_waiting.Count >= Together) Read();
    }

    /// <summary>Reads back the losses that wait.</summary>
    public void Read()
    {
        if (_waiting.Count == 0) return;
        using (NewDisposeScope())
        {
            var losses = stack([.. _waiting.Select(w => w.Loss)]).to(ScalarType.Float32).cpu().data<float>().ToArray();
            for (var i = 0; i < losses.Length; i++) Take(losses[i], _waiting[i].Count, _waiting[i].EndsStep);
        }
        foreach (var (loss, _, _) in _waiting) loss.Dispose();
        _waiting.Clear();
    }

    private void Take(float loss, double count, bool endsStep)
    {
        _loss += loss * count;
        _counted += count;
        if (endsStep && _stepCounted == 0)
        {
            Losses.Add(loss);
            return;
        }
        (_stepLoss, _stepCounted) = (_stepLoss + loss * count, _stepCounted + count);
        if (!endsStep) return;
        Losses.Add((float)(_stepLoss / _stepCounted));
        (_stepLoss, _stepCounted) = (0, 0);
    }

    /// <summary>The means so far, the loss first, under names that begin with <paramref name="part"/>.</summary>
    public IReadOnlyList<(string Name, double Value)> Means(string part)
    {
        using var scope = NewDisposeScope();
        Read();
        return [($"{part} loss", _loss / _counted), .. metrics.Select((m, i) => ($"{part} {m.Name}", Value(i) / _counts[i]))];
    }

    // On the CPU: not every graphics processor has double precision.
    private double Value(int metric) =>
        _resumed[metric] + (_sums[metric] is { } sum ? sum.cpu().to(ScalarType.Float64).item<double>() : 0);

    /// <summary>The sums as a tensor, for a training that is to be resumed in the middle of an epoch.</summary>
    public Tensor Save()
    {
        Read();
        double[] values = [_loss, _counted, .. _sums.Select((_, i) => Value(i)), .. _counts.Select(c => (double)c),
            .. Losses.Select(l => (double)l)];
        return tensor(values, ScalarType.Float64);
    }

    /// <summary>Takes back what <see cref="Save"/> gave.</summary>
    public void Resume(Tensor saved)
    {
        var values = saved.data<double>().ToArray();
        (_loss, _counted) = (values[0], values[1]);
        for (var i = 0; i < metrics.Count; i++) (_resumed[i], _counts[i]) = (values[2 + i], (long)values[2 + metrics.Count + i]);
        Losses.AddRange(values[(2 + 2 * metrics.Count)..].Select(v => (float)v));
    }

    public void Dispose()
    {
        foreach (var (loss, _, _) in _waiting) loss.Dispose();
        _waiting.Clear();
        foreach (var sum in _sums) sum?.Dispose();
        Array.Clear(_sums);
    }
}
