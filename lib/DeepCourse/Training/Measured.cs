namespace DeepCourse.Training;

/// <summary>Names of what is measured in every epoch, as they stand in a <see cref="History"/>.</summary>
public static class Measured
{
    /// <summary>The mean loss over the epoch's training examples, each as the network was when it saw it.</summary>
    public const string TrainingLoss = "training loss";

    /// <summary>The share of training examples that were right, each as the network was when it saw it.</summary>
    public const string TrainingAccuracy = "training accuracy";

    /// <summary>The mean loss over the validation examples, after the epoch.</summary>
    public const string ValidationLoss = "validation loss";

    /// <summary>The share of validation examples that are right, after the epoch.</summary>
    public const string ValidationAccuracy = "validation accuracy";

    /// <summary>The learning rate of the epoch's last step.</summary>
    public const string LearningRate = "learning rate";

    /// <summary>Seconds that the epoch took, validation included.</summary>
    public const string Seconds = "seconds";
}
