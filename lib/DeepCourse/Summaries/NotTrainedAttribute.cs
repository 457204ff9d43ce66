namespace DeepCourse.Summaries;

/// <summary>
/// Says that a network holds modules or parameters in this field or property, or this parameter of its constructor, and does not
/// train or save them on purpose, such as a teacher: <c>[NotTrained] private readonly Linear[] teacher;</c>.
/// <see cref="Registration.Problems"/> does not look there.
/// </summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class NotTrainedAttribute : Attribute;
