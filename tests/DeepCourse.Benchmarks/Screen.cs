using System.Diagnostics.CodeAnalysis;
using DeepCourse.Display;

// The namespace and name by which the library looks for a notebook.
namespace System;

/// <summary>A notebook in which what is shown is rendered and thrown away: progress costs in a measurement what it costs
/// there.</summary>
internal static class DisplayExtensions
{
    /// <summary>Renders a value.</summary>
    [SuppressMessage("Style", "IDE0060", Justification = "The signature that the library looks for.")]
    public static Shown Display(object value, params string[] mimeTypes)
    {
        var shown = new Shown();
        shown.Update(value);
        return shown;
    }

    /// <summary>What was rendered last.</summary>
    internal sealed class Shown
    {
        private string _html = "";

        /// <summary>How many characters it has.</summary>
        public int Length => _html.Length;

        /// <summary>Renders a value anew, as HTML and as text.</summary>
        public void Update(object value) =>
            _html = value is Figure figure ? figure.ToHtml().ToString() + figure.ToText() : value.ToString() ?? "";
    }
}
