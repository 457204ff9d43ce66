namespace DeepCourse.Notebooks.Jupyter;

/// <summary>Whom a kernel takes for its parent, on each system.</summary>
public sealed class ParentWatchTests
{
    private static ParentWatch On(bool isWindows, params int[] alive) =>
        new(isWindows, handle => handle == 612 ? 7 : 0, id => alive.Contains(id) ? new TaskCompletionSource().Task : null);

    [Fact]
    public void On_Windows_the_number_is_a_handle_and_the_parent_lives()
    {
        Assert.False(On(isWindows: true, alive: 7).Watch("612")!.IsCompleted);
        // neither handle nor process: nobody is waited for, and nothing ends
        Assert.False(On(isWindows: true, alive: 7).Watch("18446744")?.IsCompleted ?? false);
    }

    [Fact]
    public void On_Windows_an_id_is_understood_too() => Assert.False(On(isWindows: true, alive: 4321).Watch("4321")!.IsCompleted);

    [Fact]
    public void Elsewhere_it_is_an_id_and_one_that_is_gone_has_ended()
    {
        Assert.False(On(isWindows: false, alive: 4321).Watch("4321")!.IsCompleted);
        Assert.True(On(isWindows: false).Watch("4321")!.IsCompleted);
        Assert.True(On(isWindows: false, alive: 7).Watch("612")!.IsCompleted);
    }

    [Theory]
    [InlineData(null), InlineData(""), InlineData("0"), InlineData("1"), InlineData("x"), InlineData("99999999999999999999")]
    public void Without_a_number_nobody_is_watched(string? value)
    {
        Assert.Null(On(isWindows: true).Watch(value));
        Assert.Null(On(isWindows: false).Watch(value));
    }
}
