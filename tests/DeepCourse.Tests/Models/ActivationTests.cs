namespace DeepCourse.Models;

public sealed class ActivationTests
{
    [Theory]
    [InlineData("sigmoid", 0, 0.5, 0.25)]
    [InlineData("tanh", 0, 0, 1)]
    [InlineData("ReLU", 3, 3, 1)]
    [InlineData("ReLU", -3, 0, 0)]
    [InlineData("leaky ReLU", -3, -0.3, 0.1)]
    [InlineData("ELU", -1, -0.6321206, 0.3678794)]
    [InlineData("softmax", 0, 0.5, 0.25)]
    public void Values_and_slopes_are_known(string name, float x, float value, float slope)
    {
        var (values, slopes) = Activation.All.Single(a => a.Name == name).At([x]);
        Assert.Equal(value, values[0], 1e-5);
        Assert.Equal(slope, slopes[0], 1e-5);
    }
}
