namespace DeepCourse.Weights;

// A type for each network, so that the weights of one can't be given to another; what they are is said by the Catalogue's table.

/// <summary>Published weights of AlexNet.</summary>
public abstract class AlexNetWeights : Published<AlexNetWeights>;

/// <summary>Published weights of VGG-11.</summary>
public abstract class Vgg11Weights : Published<Vgg11Weights>;

/// <summary>Published weights of VGG-11 with batch norm.</summary>
public abstract class Vgg11BnWeights : Published<Vgg11BnWeights>;

/// <summary>Published weights of VGG-13.</summary>
public abstract class Vgg13Weights : Published<Vgg13Weights>;

/// <summary>Published weights of VGG-13 with batch norm.</summary>
public abstract class Vgg13BnWeights : Published<Vgg13BnWeights>;

/// <summary>Published weights of VGG-16.</summary>
public abstract class Vgg16Weights : Published<Vgg16Weights>;

/// <summary>Published weights of VGG-16 with batch norm.</summary>
public abstract class Vgg16BnWeights : Published<Vgg16BnWeights>;

/// <summary>Published weights of VGG-19.</summary>
public abstract class Vgg19Weights : Published<Vgg19Weights>;

/// <summary>Published weights of VGG-19 with batch norm.</summary>
public abstract class Vgg19BnWeights : Published<Vgg19BnWeights>;

/// <summary>Published weights of ResNet-18.</summary>
public abstract class ResNet18Weights : Published<ResNet18Weights>;

/// <summary>Published weights of ResNet-34.</summary>
public abstract class ResNet34Weights : Published<ResNet34Weights>;

/// <summary>Published weights of ResNet-50.</summary>
public abstract class ResNet50Weights : PublishedTwice<ResNet50Weights>;

/// <summary>Published weights of ResNet-101.</summary>
public abstract class ResNet101Weights : PublishedTwice<ResNet101Weights>;

/// <summary>Published weights of ResNet-152.</summary>
public abstract class ResNet152Weights : PublishedTwice<ResNet152Weights>;
