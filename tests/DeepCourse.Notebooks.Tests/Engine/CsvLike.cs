namespace DeepCourse.Notebooks.Engine;

/// <summary>Something public for a cell to find in a library of the user's.</summary>
public static class CsvLike
{
    public static class Marker
    {
        public static string Word => "found";
    }
}
