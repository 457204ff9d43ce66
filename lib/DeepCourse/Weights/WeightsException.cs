namespace DeepCourse.Weights;

/// <summary>Weights that can't be had: a file that is missing, broken, hostile, or does not fit the network. The message says
/// what to do.</summary>
public sealed class WeightsException : IOException
{
    /// <summary>With a message for people.</summary>
    public WeightsException(string message) : base(message) { }

    /// <summary>With a message for people, and the cause.</summary>
    public WeightsException(string message, Exception inner) : base(message, inner) { }

    /// <summary>Without a message.</summary>
    public WeightsException() { }
}
