namespace DeepCourse.Models;

// What each is made of is in Vgg's tables.

/// <summary>VGG-11: 132,863,336 parameters for 1,000 classes.</summary>
public abstract class Vgg11 : VggOf<Weights.Vgg11Weights>;

/// <summary>VGG-11 with batch norm: 132,868,840 parameters for 1,000 classes.</summary>
public abstract class Vgg11Bn : VggOf<Weights.Vgg11BnWeights>;

/// <summary>VGG-13: 133,047,848 parameters for 1,000 classes.</summary>
public abstract class Vgg13 : VggOf<Weights.Vgg13Weights>;

/// <summary>VGG-13 with batch norm: 133,053,736 parameters for 1,000 classes.</summary>
public abstract class Vgg13Bn : VggOf<Weights.Vgg13BnWeights>;

/// <summary>VGG-16: 138,357,544 parameters for 1,000 classes.</summary>
public abstract class Vgg16 : VggOf<Weights.Vgg16Weights>;

/// <summary>VGG-16 with batch norm: 138,365,992 parameters for 1,000 classes.</summary>
public abstract class Vgg16Bn : VggOf<Weights.Vgg16BnWeights>;

/// <summary>VGG-19: 143,667,240 parameters for 1,000 classes.</summary>
public abstract class Vgg19 : VggOf<Weights.Vgg19Weights>;

/// <summary>VGG-19 with batch norm: 143,678,248 parameters for 1,000 classes.</summary>
public abstract class Vgg19Bn : VggOf<Weights.Vgg19BnWeights>;
