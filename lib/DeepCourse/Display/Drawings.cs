using System.Collections.Concurrent;

namespace DeepCourse.Display;

/// <summary>
/// How a value is drawn that knows nothing of drawing, such as a training's history: whoever draws it stands above it, and says
/// so here once. So what is measured need not know what is drawn of it.
/// </summary>
internal static class Drawings
{
    private static readonly ConcurrentDictionary<Type, Func<object, Figure>> ByType = new();

    /// <summary>Values of a type are drawn so.</summary>
    public static void Register<T>(Func<T, Figure> draw) where T : class => ByType[typeof(T)] = value => draw((T)value);

    /// <summary>The figure of a value.</summary>
    public static Figure Of<T>(T value) where T : class => ByType[typeof(T)](value);
}
