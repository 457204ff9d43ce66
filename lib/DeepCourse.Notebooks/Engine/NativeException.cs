namespace DeepCourse.Notebooks.Engine;

/// <summary>An error inside a native library, such as libtorch, with the message it gave.</summary>
public sealed class NativeException(string message) : Exception(message);
