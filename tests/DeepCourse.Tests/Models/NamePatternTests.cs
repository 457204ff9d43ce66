namespace DeepCourse.Models;

public sealed class NamePatternTests
{
    [Theory]
    [InlineData("layer4", "layer4")]
    [InlineData("layer4", "layer4.0.conv1.weight")]
    [InlineData("layer4.0", "layer4.0.conv1.weight")]
    [InlineData("layer4.0.conv1.weight", "layer4.0.conv1.weight")]
    [InlineData("layer4.*", "layer4.0.conv1.weight")]
    [InlineData("*.weight", "layer4.0.conv1.weight")]
    [InlineData("*bn*", "layer4.0.bn1.bias")]
    [InlineData("layer*.conv1.*", "layer4.0.conv1.weight")]
    [InlineData("*a*ab", "aaaab")]
    [InlineData("**", "fc.bias")]
    [InlineData("*", "fc.bias")]
    [InlineData("fc.bias*", "fc.bias")]
    [InlineData("*", "")]
    [InlineData("", "")]
    public void A_pattern_means_a_name(string pattern, string name) => Assert.True(NamePattern.Matches(pattern, name));

    [Theory]
    [InlineData("layer4", "layer40.0.weight")]
    [InlineData("layer4", "encoder.layer4.weight")]
    [InlineData("layer4.*", "layer4")]
    [InlineData("Layer4", "layer4.weight")]
    [InlineData("*.WEIGHT", "layer4.weight")]
    [InlineData("*.weight", "layer4.weight.scale")]
    [InlineData("layer?.weight", "layer4.weight")]
    [InlineData("a.c", "abc")]
    [InlineData("*a*b*c", "abcd")]
    [InlineData("", "fc.bias")]
    [InlineData("", ".bias")]
    [InlineData("fc.bias", "fc")]
    public void A_pattern_means_no_other_name(string pattern, string name) => Assert.False(NamePattern.Matches(pattern, name));

    [Fact]
    public void Many_stars_end_soon() =>
        Assert.False(NamePattern.Matches(string.Concat(Enumerable.Repeat("*a", 200)) + "b", new string('a', 5000)));
}
