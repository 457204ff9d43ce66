const { fields, side, offset, scale } = data;
const caption = find(".caption"), box = find(".field"), dot = find(".neuron"), heats = all(".heat");
let at = [0.5, 0.5], layer = 0;
const show = () => {
  const f = fields[layer];
  const neuron = at.map(a => Math.min(f.outputs - 1, Math.max(0, Math.round((a * side - f.start - f.size / 2) / f.jump))));
  const from = neuron.map(n => f.start + n * f.jump);
  box.setAttribute("x", offset + from[0] * scale); box.setAttribute("y", offset + from[1] * scale);
  box.setAttribute("width", f.size * scale); box.setAttribute("height", f.size * scale);
  dot.setAttribute("cx", offset + (from[0] + f.size / 2) * scale); dot.setAttribute("cy", offset + (from[1] + f.size / 2) * scale);
  heats.forEach(h => h.setAttribute("visibility", +h.dataset.layer === layer ? "visible" : "hidden"));
  const outside = from.some(v => v < 0) || from.some(v => v + f.size > side);
  caption.textContent = `${f.name}: neuron (${neuron[1]}, ${neuron[0]}) of ${f.outputs}×${f.outputs} sees ${f.size}×${f.size} pixels`
    + (outside ? ", some of them in the padding or outside the image" : "") + (f.jump > 1 ? `; its neighbour's field begins ${f.jump} pixels further` : "");
};
find("svg").addEventListener("click", e => {
  const r = find("svg").getBoundingClientRect(), units = find("svg").viewBox.baseVal.width;
  at = [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height].map(v => Math.min(1, Math.max(0, (v * units - offset) / (side * scale))));
  show();
});
drive(step => { layer = step; show(); });
