using DeepCourse.Display;
using DeepCourse.Vision;
using static DeepCourse.Display.Markup;
using static TorchSharp.torch;

namespace DeepCourse.Visuals;

/// <summary>
/// What a neuron sees of a photograph, layer by layer: the theoretical receptive field as a box, and, where given, the effective
/// one as heat (how much each pixel moves the neuron in the middle: Luo, Li, Urtasun and Zemel, 2016). The reader picks the layer
/// with a slider and the neuron by a click.
/// </summary>
public sealed class ReceptiveFieldFigure : Figure
{
    private const int Offset = 60, Shown = 420;

    private readonly Picture _picture;
    private readonly IReadOnlyList<ReceptiveField> _fields;
    private readonly Dictionary<int, Picture> _heats = [];

    /// <summary>Draws <paramref name="fields"/> on a square <paramref name="picture"/>.</summary>
    /// <exception cref="ArgumentException">The picture is not as large as the fields' image.</exception>
    public ReceptiveFieldFigure(Picture picture, IReadOnlyList<ReceptiveField> fields)
    {
        if (fields.Count == 0 || picture.Width != picture.Height || picture.Width != fields[0].Outputs)
            throw new ArgumentException(
                $"The fields belong to an image of side {(fields.Count > 0 ? fields[0].Outputs : 0)}; the picture "
                    + $"is {picture.Width}×{picture.Height}. Resize it.", nameof(picture));
        (_picture, _fields) = (picture, fields);
    }

    /// <summary>Adds the effective field of the neuron in the middle of layer <paramref name="layer"/> (0 is the image): H×W, as
    /// large as the picture, any range. Returns this figure.</summary>
    public ReceptiveFieldFigure AddEffective(int layer, Tensor influence)
    {
        if (influence.ndim != 2 || influence.shape[0] != _picture.Height || influence.shape[1] != _picture.Width)
            throw new ArgumentException(
                $"The influence of every pixel is a tensor {_picture.Height}×{_picture.Width}; this one "
                    + $"is {string.Join('×', influence.shape)}.", nameof(influence));
        using var scope = NewDisposeScope();
        var strength = influence.detach().abs().to(ScalarType.Float32);
        strength = (strength / strength.max().clamp_min(1e-12)).sqrt();
        // The gradient's colour, the stronger the more of it, on black: added to the photograph.
        _heats[layer] = Picture.FromTensor(stack([strength * 0.80f, strength * 0.47f, strength * 0.65f]));
        return this;
    }

    /// <inheritdoc/>
    public override Markup ToHtml()
    {
        double scale = (double)Shown / _picture.Width, size = Shown + 2 * Offset;
        Markup Image(Picture picture, params IEnumerable<object?> more) =>
            Element("foreignObject",
                more.Concat([("x", Offset), ("y", Offset), ("width", Shown), ("height", Shown), picture.ToCover()]));
        var field = _fields[0];
        var drawing = Drawing.Svg(size, size, ToText(), Image(_picture),
            _heats.OrderBy(h => h.Key)
                .Select(h => Image(h.Value, ("class", "heat"), ("data-layer", h.Key), ("visibility", "hidden"),
                    ("style", "mix-blend-mode:screen;"))),
            Element("rect", ("class", "field"), ("x", Offset + Shown / 2.0), ("y", Offset + Shown / 2.0),
                ("width", field.Size * scale), ("height", field.Size * scale), ("fill", "none"), ("stroke", Palette.Kernel),
                ("stroke-width", 4)),
            Element("circle", ("class", "neuron"), ("cx", Offset + Shown / 2.0), ("cy", Offset + Shown / 2.0), ("r", 5),
                ("fill", Palette.Kernel)));
        return Controls.Figure(Controls.Bar(Controls.Slider(_fields.Count, "layer", _fields.Count - 1)), drawing, ToText(),
            "receptive-field.js", new
            {
                fields = _fields.Select(f => new
                {
                    name = f.Layer,
                    outputs = f.Outputs,
                    size = f.Size,
                    jump = f.Jump,
                    start = f.Start
                }),
                side = _picture.Width,
                offset = Offset,
                scale,
            });
    }

    /// <inheritdoc/>
    public override string ToText() =>
        "Receptive fields on an image "
            + $"of {_picture.Width}×{_picture.Height}: "
            + $"{string.Join(", ", _fields.Skip(1).Select(f => $"{f.Layer} sees {f.Size}×{f.Size}"))} pixels.";
}
