using DeepCourse.Vision;

namespace DeepCourse.Data;

/// <summary>The course's photographs, all CC0 or in the public domain; <c>datasets/README.md</c> says who took them.</summary>
public static class Photographs
{
    /// <summary>A cat, 451×300, in colour.</summary>
    public static Picture Chelsea => Picture.Load(Datasets.Find("photos/chelsea.png"));

    /// <summary>A man with a camera, 512×512, grey.</summary>
    public static Picture Camera => Picture.Load(Datasets.Find("photos/camera.png"));

    /// <summary>The astronaut Eileen Collins, 512×512, in colour.</summary>
    public static Picture Astronaut => Picture.Load(Datasets.Find("photos/astronaut.png"));

    /// <summary>A cup of coffee, 600×400, in colour.</summary>
    public static Picture Coffee => Picture.Load(Datasets.Find("photos/coffee.png"));

    /// <summary>A rocket's start, 640×427, in colour.</summary>
    public static Picture Rocket => Picture.Load(Datasets.Find("photos/rocket.jpg"));
}
