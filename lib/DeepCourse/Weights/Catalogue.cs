namespace DeepCourse.Weights;

/// <summary>The published weights that there are, in one table. Trained by torchvision on ImageNet's 1,000 classes.</summary>
internal static class Catalogue
{
    /// <summary>A row of the table.</summary>
    /// <param name="Network">The network.</param>
    /// <param name="Name">What the weights are called.</param>
    /// <param name="FileName">Their file.</param>
    /// <param name="Megabytes">Its size in MB (2²⁰ bytes).</param>
    /// <param name="Top1">Of 100 of ImageNet's validation images those whose class is the most probable one; by torchvision, one
    /// crop each.</param>
    /// <param name="Top5">Those whose class is among the five most probable ones.</param>
    /// <param name="Resize">The shorter side after resizing, in pixels.</param>
    public sealed record Row(
        string Network,
        string Name,
        string FileName,
        double Megabytes,
        double Top1,
        double Top5,
        int Resize)
    {
        /// <inheritdoc/>
        public override string ToString() => $"{Network} {Name}";
    }

    /// <summary>Of one network the oldest first. V2 are by torchvision's training recipe of 2021.</summary>
    public static IReadOnlyList<Row> Rows { get; } =
    [
        new("AlexNet",   "IMAGENET1K_V1", "alexnet-owt-7be5be79.pth",   233.1, 56.522, 79.066, 256),
        new("Vgg11",     "IMAGENET1K_V1", "vgg11-8a719046.pth",         506.8, 69.020, 88.628, 256),
        new("Vgg11Bn",   "IMAGENET1K_V1", "vgg11_bn-6002323d.pth",      506.9, 70.370, 89.810, 256),
        new("Vgg13",     "IMAGENET1K_V1", "vgg13-19584684.pth",         507.5, 69.928, 89.246, 256),
        new("Vgg13Bn",   "IMAGENET1K_V1", "vgg13_bn-abd245e5.pth",      507.6, 71.586, 90.374, 256),
        new("Vgg16",     "IMAGENET1K_V1", "vgg16-397923af.pth",         527.8, 71.592, 90.382, 256),
        new("Vgg16Bn",   "IMAGENET1K_V1", "vgg16_bn-6c64b313.pth",      527.9, 73.360, 91.516, 256),
        new("Vgg19",     "IMAGENET1K_V1", "vgg19-dcbb9e9d.pth",         548.1, 72.376, 90.876, 256),
        new("Vgg19Bn",   "IMAGENET1K_V1", "vgg19_bn-c79401a0.pth",      548.1, 74.218, 91.842, 256),
        new("ResNet18",  "IMAGENET1K_V1", "resnet18-f37072fd.pth",       44.7, 69.758, 89.078, 256),
        new("ResNet34",  "IMAGENET1K_V1", "resnet34-b627a593.pth",       83.3, 73.314, 91.420, 256),
        new("ResNet50",  "IMAGENET1K_V1", "resnet50-0676ba61.pth",       97.8, 76.130, 92.862, 256),
        new("ResNet50",  "IMAGENET1K_V2", "resnet50-11ad3fa6.pth",       97.8, 80.858, 95.434, 232),
        new("ResNet101", "IMAGENET1K_V1", "resnet101-63fe2227.pth",     170.5, 77.374, 93.546, 256),
        new("ResNet101", "IMAGENET1K_V2", "resnet101-cd907fc2.pth",     170.5, 81.886, 95.780, 232),
        new("ResNet152", "IMAGENET1K_V1", "resnet152-394f9c45.pth",     230.4, 78.312, 94.046, 256),
        new("ResNet152", "IMAGENET1K_V2", "resnet152-f82ba261.pth",     230.5, 82.284, 96.002, 232),
    ];
}
