using static DeepCourse.Display.Markup;

namespace DeepCourse.Display;

public sealed class MarkupTests
{
    [Fact]
    public void Texts_and_attributes_can_t_become_markup() =>
        Assert.Equal("<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;</p>",
            Element("p", ("title", "\"><script>"), "<b>&").ToString());

    [Fact]
    public void Numbers_are_short_and_lists_are_children() =>
        Assert.Equal("<g x=\"0.333\"><b>1</b><b>2</b></g>",
            Element("g", ("x", 1 / 3.0), new[] { 1, 2 }.Select(i => Element("b", $"{i}"))).ToString());

    [Fact]
    public void Elements_without_an_end_have_none_and_null_is_left_out() =>
        Assert.Equal("<div><br><svg></svg></div>",
            Element("div", ("class", (string?)null), null, Element("br"), Element("svg")).ToString());

    [Fact]
    public void Data_can_t_end_the_script_it_stands_in()
    {
        var html = Interactive("dc-x", Element("p"), "", "root.data = data;",
            "{\"a\":\"</script><script>alert(1)</script><!--\"}").ToString();
        Assert.Equal(1, html.Split("</script>").Length - 1);
        Assert.DoesNotContain("<!--", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_figure_is_the_same_text_in_every_run() =>
        Assert.Equal(Interactive("dc-x", Element("p"), "", "", "{}").ToString(),
            Interactive("dc-x", Element("p"), "", "", "{}").ToString());
}
