namespace DeepCourse.Training;

/// <summary>Files that a training is going to write: whether that can be is told before the first step, not after an
/// epoch.</summary>
internal static class OutputFiles
{
    /// <summary>Makes the file's folder, and tries to write there.</summary>
    /// <exception cref="IOException">Nothing can be written there; the message says where and why.</exception>
    public static void Check(string path)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new IOException($"{path} is a folder; a file is to be written. Give it a name in it.");
        CheckFolder(Path.GetDirectoryName(full)!);
    }

    /// <summary>Makes a folder, and tries to write there.</summary>
    /// <exception cref="IOException">Nothing can be written there.</exception>
    public static void CheckFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using var trial = new FileStream(Path.Combine(folder, $".{Guid.NewGuid():n}.tmp"), FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new IOException($"Nothing can be written in the folder {folder}: {e.Message} Give another one.", e);
        }
    }
}
