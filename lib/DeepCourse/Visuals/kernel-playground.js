const { width, height, kernels } = data;
const source = find("img"), canvas = find("canvas"), inputs = all("input[type=number]"), loupe = all(".loupe output"), caption = find(".caption"), shift = find("[data-do=shift]");
const grey = new Float32Array(width * height);
const weights = () => inputs.map(i => +i.value || 0);
const at = (r, c) => r < 0 || c < 0 || r >= height || c >= width ? 0 : grey[r * width + c];
const window9 = (r, c) => [-1, 0, 1].flatMap(i => [-1, 0, 1].map(j => at(r + i, c + j)));
const sum = (list, w) => list.reduce((s, v, i) => s + v * w[i], 0);
const draw = () => {
  const context = canvas.getContext("2d"), image = context.createImageData(width, height), w = weights(), middle = shift.checked ? 128 : 0;
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) {
      const k = 4 * (r * width + c);
      image.data[k] = image.data[k + 1] = image.data[k + 2] = sum(window9(r, c), w) * (shift.checked ? 0.5 : 1) + middle;
      image.data[k + 3] = 255;
    }
  context.putImageData(image, 0, 0);
};
const tell = (r, c) => {
  const w = weights(), v = window9(r, c).map(Math.round);
  loupe.forEach((o, i) => { o.textContent = v[i]; o.style.background = `rgb(${v[i]},${v[i]},${v[i]})`; o.style.color = v[i] > 127 ? "#000" : "#fff"; });
  caption.textContent = `row ${r}, column ${c}: ` + v.map((x, i) => `${x}·${w[i] < 0 ? `(${w[i]})` : w[i]}`).join(" + ").replaceAll("-", "−") + ` = ${Math.round(sum(v, w))}`.replace("-", "−");
};
const point = element => e => {
  const box = element.getBoundingClientRect();
  tell(Math.min(height - 1, Math.max(0, Math.floor((e.clientY - box.top) / box.height * height))), Math.min(width - 1, Math.max(0, Math.floor((e.clientX - box.left) / box.width * width))));
};
const start = () => {
  const work = document.createElement("canvas"); work.width = width; work.height = height;
  const context = work.getContext("2d"); context.drawImage(source, 0, 0, width, height);
  const pixels = context.getImageData(0, 0, width, height).data;
  for (let i = 0; i < grey.length; i++) grey[i] = pixels[4 * i];
  draw(); tell(height >> 1, width >> 1);
};
inputs.forEach(i => i.addEventListener("input", () => { draw(); tell(height >> 1, width >> 1); }));
shift.addEventListener("change", draw);
all("[data-kernel]").forEach(b => b.addEventListener("click", () => {
  const k = kernels[+b.dataset.kernel];
  k.weights.forEach((w, i) => { inputs[i].value = Math.round(w * 1000) / 1000; });
  shift.checked = k.shift;
  draw(); tell(height >> 1, width >> 1);
}));
for (const element of [source, canvas]) element.addEventListener("pointermove", point(element));
if (source.complete && source.naturalWidth) start(); else source.addEventListener("load", start);
