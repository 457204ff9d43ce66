using System.Text.Json.Nodes;

namespace DeepCourse.Notebooks.Formatting;

/// <summary>One value in several forms, by mime type; a front-end shows the richest one that it can.</summary>
/// <param name="Data">The forms: a text for most types, an object for JSON types.</param>
public sealed record MimeBundle(IReadOnlyDictionary<string, JsonNode?> Data)
{
    /// <summary>The form for terminals, screen readers and diffs; empty when there is none.</summary>
    public string PlainText => Data.TryGetValue("text/plain", out var text) ? (string?)text ?? "" : "";

    /// <summary>A bundle of one text.</summary>
    public static MimeBundle Of(string mimeType, string text) => new(new Dictionary<string, JsonNode?> { [mimeType] = text });

    /// <summary>The bundle as messages and notebook files hold it.</summary>
    public JsonObject ToJson() => new(Data.Select(d => KeyValuePair.Create(d.Key, d.Value?.DeepClone())));
}
