using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace DeepCourse.Display;

/// <summary>
/// A piece of HTML or SVG. Figures are built from elements, attributes and text, never from pasted strings, so that what comes
/// from outside (a file's name, a label) can't become markup.
/// </summary>
public sealed class Markup
{
    private readonly string _html;

    private Markup(string html) => _html = html;

    /// <summary>
    /// An element. <paramref name="content"/> may hold attributes, as pairs <c>("class", "figure")</c>, children, lists of
    /// children and texts; null is left out, and so is an attribute whose value is null. Numbers are written with up to three
    /// decimals.
    /// </summary>
    public static Markup Element(string name, params IEnumerable<object?> content)
    {
        StringBuilder attributes = new(), children = new();
        foreach (var item in content) Add(item);
        return new Markup(children.Length == 0 && IsVoid(name)
            ? $"<{name}{attributes}>"
            : $"<{name}{attributes}>{children}</{name}>");

        void Add(object? item)
        {
            switch (item)
            {
                case null:
                    break;
                case ValueTuple<string, string?>(var key, var value):
                    if (value is not null)
                        attributes.Append(CultureInfo.InvariantCulture, $" {key}=\"{WebUtility.HtmlEncode(value)}\"");
                    break;
                case ValueTuple<string, double>(var key, var value):
                    attributes.Append(CultureInfo.InvariantCulture, $" {key}=\"{Number(value)}\"");
                    break;
                case ValueTuple<string, int>(var key, var value):
                    attributes.Append(CultureInfo.InvariantCulture, $" {key}=\"{value}\"");
                    break;
                case Markup markup:
                    children.Append(markup._html);
                    break;
                case string text:
                    children.Append(WebUtility.HtmlEncode(text));
                    break;
                case IEnumerable items:
                    foreach (var child in items) Add(child);
                    break;
                default:
                    throw new ArgumentException(
                        $"An element's content can't hold a {item.GetType().Name}: give attributes as (string, string), (string, "
                            + "double) or (string, int).");
            }
        }
    }

    /// <summary>
    /// A figure that a script makes interactive: an element around <paramref name="content"/>, a style sheet, and the script,
    /// which is called with the element and <paramref name="data"/> (JSON). It works wherever front-ends insert it, also twice in
    /// one page. Without scripts the content stands.
    /// </summary>
    /// <param name="name">The figure's class name in the page, such as "dc-convolution".</param>
    /// <param name="content">What is seen before, or without, the script.</param>
    /// <param name="style">CSS; every rule should begin with the class name.</param>
    /// <param name="script">The body of a JavaScript function of <c>(root, data)</c>.</param>
    /// <param name="data">JSON for the script.</param>
    public static Markup Interactive(string name, Markup content, string style, string script, string data)
    {
        // The same figure has the same key in every run, so that stored notebooks don't change; two of them on a page are told
        // apart by a mark.
        var key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name + data + content)))[..12];
        var safe = data.Replace("</", "<\\/", StringComparison.Ordinal).Replace("<!--", "<\\!--", StringComparison.Ordinal);
        var roots = $"document.querySelectorAll('[data-figure=\"{key}\"]:not([data-ready])')";
        var start = $$"""
            (() => { const data = {{safe}};
            const start = (root, data) => { {{script.Trim()}} };
            for (const root of {{roots}}) { root.dataset.ready = ""; start(root, data); } })();
            """;
        return Element("div", ("class", name), ("data-figure", key), new Markup($"<style>{style.Trim()}</style>"), content,
            new Markup($"<script>{start}</script>"));
    }

    /// <summary>The text of a file embedded in <paramref name="assembly"/>, such as a figure's script.</summary>
    public static string Resource(Assembly assembly, string fileName)
    {
        var name = assembly.GetManifestResourceNames().Single(n => n.EndsWith("." + fileName, StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    /// <summary>A number as it is written in attributes: up to three decimals, a point, no exponent.</summary>
    public static string Number(double value) => Math.Round(value, 3).ToString("0.###", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string ToString() => _html;

    // In SVG every element needs its end; in HTML these must not have one.
    private static bool IsVoid(string name) => name is "img" or "input" or "br" or "hr" or "col" or "meta" or "link";
}
