namespace DeepCourse.Notebooks.Jupyter;

/// <summary>The sockets between client and kernel, apart from the heartbeat's.</summary>
internal enum Channel
{
    /// <summary>Requests and their replies.</summary>
    Shell,

    /// <summary>Interrupt and shutdown.</summary>
    Control,

    /// <summary>Questions to the user.</summary>
    Stdin,

    /// <summary>What cells show; from the kernel to every client.</summary>
    Iopub,
}
