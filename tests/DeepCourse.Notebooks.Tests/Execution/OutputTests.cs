using System.Text.Json.Nodes;
using DeepCourse.Notebooks.Documents;

namespace DeepCourse.Notebooks.Execution;

public sealed class OutputTests
{
    private static JsonObject Json(string text) => (JsonObject)JsonNode.Parse(text)!;

    private static JsonObject Display(string text, string? id = null) =>
        Json(
            $$"""{"data":{"text/plain":"{{text}}"},"metadata":{},"transient":{{(id is null
                ? "{}"
                : $"{{\"display_id\":\"{id}\"}}")}}}""");

    [Fact]
    public void Text_of_one_stream_is_joined_and_the_other_stream_stands_apart()
    {
        var collector = new OutputCollector();
        var outputs = collector.Begin();
        foreach (var (name, text) in new[] { ("stdout", "a"), ("stdout", "b\n"), ("stderr", "c"), ("stdout", "d") })
            collector.Add("stream", Json($$"""{"name":"{{name}}","text":{{JsonValue.Create(text).ToJsonString()}}}"""));
        Assert.Equal(["ab\n", "c", "d"], outputs.Select(o => (string?)o!["text"]));
    }

    [Fact]
    public void A_display_is_updated_wherever_it_was_shown_also_in_an_earlier_cell()
    {
        var collector = new OutputCollector();
        var first = collector.Begin();
        collector.Add("display_data", Display("old", "d"));
        collector.Add("display_data", Display("other", "e"));
        var second = collector.Begin();
        collector.Add("display_data", Display("old", "d"));
        collector.Add("update_display_data", Display("new", "d"));
        Assert.Equal(["new", "other"], first.Select(o => (string?)o!["data"]!["text/plain"]));
        Assert.Equal(["new"], second.Select(o => (string?)o!["data"]!["text/plain"]));
    }

    [Fact]
    public void A_clear_empties_at_once_or_waits_for_the_next_output()
    {
        var collector = new OutputCollector();
        var outputs = collector.Begin();
        collector.Add("display_data", Display("a"));
        collector.Add("clear_output", Json("""{"wait":true}"""));
        Assert.Single(outputs);
        collector.Add("display_data", Display("b"));
        Assert.Equal("b", (string?)Assert.Single(outputs)!["data"]!["text/plain"]);
        collector.Add("clear_output", Json("""{"wait":false}"""));
        Assert.Empty(outputs);
    }

    [Theory]
    [InlineData(null, "loss 0.50", "loss 0.50", true)]
    [InlineData(null, "loss 0.50", "loss 0.51", false)]
    [InlineData("approximate", "loss 0.50", "loss 0.51", true)]
    [InlineData("approximate", "loss 0.50", "loss 0.70", false)]
    [InlineData("approximate", "loss 0.50", "accuracy 0.50", false)]
    [InlineData("approximate", "93 of 100", "91 of 100", true)]
    [InlineData("approximate", "loss 0.001", "loss 0.02", false)]
    [InlineData("approximate", "loss 0.001", "loss 0.002", true)]
    [InlineData("approximate", "loss 0.0010", "loss 0.0020", false)]
    [InlineData("approximate", "rate 1.0e-5", "rate 1.1e-5", true)]
    [InlineData("approximate", "rate 1.0e-5", "rate 9.0e-4", false)]
    [InlineData("approximate", "rate 0", "rate 0.02", false)]
    [InlineData("approximate", "class 3", "class 4", false)]
    [InlineData("approximate", "1,990 of them", "2,010 of them", true)]
    [InlineData("approximate", "1,990 of them", "1,234 of them", false)]
    [InlineData("approximate", "from −0.50", "from −0.49", true)]
    [InlineData("approximate", "from −0.50", "from 0.50", false)]
    [InlineData("approximate", "loss 0.50", "", false)]
    [InlineData("volatile", "12 ms", "something else", true)]
    [InlineData("volatile", "12 ms", "", false)]
    [InlineData("volatile", "", "12 ms", false)]
    public void Outputs_are_compared_as_the_cell_s_tags_say(string? tag, string stored, string fresh, bool same)
    {
        var cell = Cell.Create("code", "a", "x");
        if (tag is not null) cell.Metadata["tags"] = new JsonArray(tag);
        cell.Outputs = new JsonArray(Json($$"""{"output_type":"stream","name":"stdout","text":["{{stored}}"]}"""));
        Assert.Equal(same,
            OutputComparison.AreSame(cell,
                new JsonArray(Json($$"""{"output_type":"stream","name":"stdout","text":"{{fresh}}"}"""))));
    }

    [Fact]
    public void Another_kind_or_number_of_outputs_is_a_change_for_every_tag()
    {
        foreach (var tag in new[] { "none", "approximate", "volatile" })
        {
            var cell = Cell.Create("code", "a", "x");
            cell.Metadata["tags"] = new JsonArray(tag);
            cell.Outputs = new JsonArray(Json("""{"output_type":"stream","name":"stdout","text":["x"]}"""));
            Assert.False(OutputComparison.AreSame(cell, []));
            Assert.False(
                OutputComparison.AreSame(cell,
                    new JsonArray(Json("""{"output_type":"error","ename":"x","evalue":"","traceback":[]}"""))));
        }
    }

    [Theory]
    [InlineData("volatile"), InlineData("approximate"), InlineData("none")]
    public void No_output_is_the_same_as_no_output_and_nothing_else(string tag)
    {
        var cell = Cell.Create("code", "a", "x");
        cell.Metadata["tags"] = new JsonArray(tag);
        cell.Outputs = [];
        Assert.True(OutputComparison.AreSame(cell, []));
        Assert.False(OutputComparison.AreSame(cell, new JsonArray(Display("a"))));
    }

    [Theory]
    [InlineData("volatile"), InlineData("approximate")]
    public void Another_mime_type_is_a_change_and_html_without_a_text_is_compared(string tag)
    {
        var cell = Cell.Create("code", "a", "x");
        cell.Metadata["tags"] = new JsonArray(tag);
        cell.Outputs = new JsonArray(Html("<b>loss 0.50</b>"));
        Assert.True(OutputComparison.AreSame(cell, new JsonArray(Html("<b>loss 0.51</b>"))));
        Assert.Equal(tag == "volatile", OutputComparison.AreSame(cell, new JsonArray(Html("<b>loss 0.90</b>"))));
        Assert.False(OutputComparison.AreSame(cell, new JsonArray(Html(""))));
        Assert.False(OutputComparison.AreSame(cell, new JsonArray(Display("a"))));

        static JsonNode Html(string text) =>
            Json("""{"output_type":"display_data","data":{"text/html":"?"},"metadata":{}}"""
                .Replace("?", text, StringComparison.Ordinal));
    }
}
