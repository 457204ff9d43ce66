using DeepCourse.Models;
using DeepCourse.Vision;
using static TorchSharp.torch;

namespace DeepCourse.Weights;

public sealed class CatalogueTests
{
    [Fact]
    public void The_slide_s_weights_have_the_slide_s_accuracies()
    {
        Assert.Equal(76.130, ResNet50Weights.ImageNet1K_V1.Top1);
        Assert.Equal(80.858, ResNet50Weights.ImageNet1K_V2.Top1);
        Assert.Same(ResNet50Weights.ImageNet1K_V2, ResNet50Weights.Default);
        PretrainedWeights<ResNet50Weights>? byName = "IMAGENET1K_V2";
        Assert.Same(ResNet50Weights.ImageNet1K_V2, byName);
        Assert.Contains("\"IMAGENET1K_V1\", \"IMAGENET1K_V2\" and \"DEFAULT\"",
            Assert.Throws<ArgumentException>(() => ResNet50.Create("IMAGENET1K_V9")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_catalogue_is_torchvision_s()
    {
        Peer.Torch.Require();
        var theirs = Peer.Torch.Run(["-c", """
            import torchvision.models as m
            for name in ["AlexNet", "VGG11", "VGG11_BN", "VGG13", "VGG13_BN", "VGG16", "VGG16_BN", "VGG19", "VGG19_BN",
                         "ResNet18", "ResNet34", "ResNet50", "ResNet101", "ResNet152"]:
                for w in getattr(m, name + "_Weights"):
                    if "FEATURES" in w.name: continue
                    p = w.transforms.keywords
                    print(name.upper().replace("_", ""), w.name, w.url,
                          *[w.meta["_metrics"]["ImageNet-1K"][a] for a in ("acc@1", "acc@5")],
                          p.get("resize_size", 256), p["crop_size"])
            """]).Trim().Split('\n').Order(StringComparer.Ordinal);
        string[] ours = [.. List("AlexNet", AlexNetWeights.All), .. List("VGG11", Vgg11Weights.All),
            .. List("VGG11BN", Vgg11BnWeights.All), .. List("VGG13", Vgg13Weights.All), .. List("VGG13BN", Vgg13BnWeights.All),
            .. List("VGG16", Vgg16Weights.All), .. List("VGG16BN", Vgg16BnWeights.All), .. List("VGG19", Vgg19Weights.All),
            .. List("VGG19BN", Vgg19BnWeights.All),
            .. List("ResNet18", ResNet18Weights.All), .. List("ResNet34", ResNet34Weights.All),
            .. List("ResNet50", ResNet50Weights.All), .. List("ResNet101", ResNet101Weights.All),
            .. List("ResNet152", ResNet152Weights.All)];
        Assert.Equal(theirs, ours.Order(StringComparer.Ordinal));

        static IEnumerable<string> List<T>(string name, IReadOnlyList<PretrainedWeights<T>> all) where T : Published<T> =>
            all.Select(w =>
                $"{name.ToUpperInvariant()} {w.Name} {w.Url} {w.Top1:0.0##} {w.Top5:0.0##} {w.Preprocessing.Resize} "
                    + $"{w.Preprocessing.Crop}");
    }

    [Fact]
    public void An_image_is_resized_cut_out_and_normalised()
    {
        using var batch = Preprocessing.ImageNet.Apply(Picture.FromTensor(full(3, 300, 500, 0.5f)));
        Assert.Equal([1, 3, 224, 224], batch.shape);
        Assert.Equal((0.5 - 0.485) / 0.229, batch[0, 0, 100, 100].item<float>(), 0.02);
        using var grey = Preprocessing.ImageNet.Apply(Picture.FromTensor(full(1, 20, 30, 0.5f)));
        Assert.Equal([1, 3, 224, 224], grey.shape);
    }

    [Fact]
    public void The_most_probable_classes_are_named()
    {
        Assert.Equal(1000, ImageNet.Classes.Count);
        using var logits = zeros(1, 1000);
        logits[0, 281] = 20;
        Assert.Equal("tabby", ImageNet.Top(logits, 1)[0].Name);
        Assert.Equal(1, ImageNet.Top(logits)[0].Probability, 1e-3);
        Assert.Contains("1,000 classes", Assert.Throws<ArgumentException>(() => ImageNet.Top(zeros(10))).Message,
            StringComparison.Ordinal);
    }
}
