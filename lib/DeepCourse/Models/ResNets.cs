namespace DeepCourse.Models;

// The blocks of each are in ResNetDesign's table.

/// <summary>ResNet-18: 11,689,512 parameters for 1,000 classes.</summary>
public abstract class ResNet18 : ResNetOf<Weights.ResNet18Weights>;

/// <summary>ResNet-34: 21,797,672 parameters for 1,000 classes.</summary>
public abstract class ResNet34 : ResNetOf<Weights.ResNet34Weights>;

/// <summary>ResNet-50: 25,557,032 parameters for 1,000 classes.</summary>
public abstract class ResNet50 : ResNetOf<Weights.ResNet50Weights>;

/// <summary>ResNet-101: 44,549,160 parameters for 1,000 classes.</summary>
public abstract class ResNet101 : ResNetOf<Weights.ResNet101Weights>;

/// <summary>ResNet-152: 60,192,808 parameters for 1,000 classes.</summary>
public abstract class ResNet152 : ResNetOf<Weights.ResNet152Weights>;
