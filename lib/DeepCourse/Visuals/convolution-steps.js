const { image, stride, rows, columns, cell, left, top: above, outLeft } = data;
const n = data.kernel.length, m = data.kernel[0].length, flip = find("[data-do=flip]");
const inputs = all(".in"), weights = all(".k"), outputs = all(".out"), frame = find(".window"), target = find(".target"), caption = find(".caption");
const number = v => { const t = String(Math.round(v * 100) / 100); return (t === "-0" ? "0" : t).replace("-", "−"); };
const text = (g, s) => { g.querySelector("text").textContent = s; };
const kernel = () => flip.checked ? data.kernel.map(r => [...r].reverse()).reverse() : data.kernel;
const products = (r, c, k) => k.flatMap((row, i) => row.map((w, j) => [image[r * stride + i][c * stride + j], w]));
const total = list => list.reduce((s, [x, w]) => s + x * w, 0);
const veils = data.kernel.flat().map((_, i) => weights[i].querySelector("svg") && weights[i].querySelector("svg").cloneNode(true));
let shown = 0;
const show = step => {
  shown = step;
  const r = Math.floor(step / columns), c = step % columns, k = kernel();
  frame.setAttribute("x", left + c * stride * cell); frame.setAttribute("y", above + r * stride * cell);
  target.setAttribute("x", outLeft + c * cell); target.setAttribute("y", above + r * cell);
  k.flat().forEach((w, i) => {
    text(weights[i], number(w));
    const old = weights[i].querySelector("svg"), veil = veils[flip.checked ? n * m - 1 - i : i];
    if (old) old.remove();
    if (veil) { const copy = veil.cloneNode(true), box = weights[i].querySelector("rect"); copy.setAttribute("x", box.getAttribute("x")); copy.setAttribute("y", box.getAttribute("y")); box.after(copy); }
  });
  inputs.forEach((g, i) => {
    const y = Math.floor(i / image[0].length) - r * stride, x = i % image[0].length - c * stride;
    g.querySelector("text").setAttribute("font-weight", y >= 0 && y < n && x >= 0 && x < m ? "bold" : "normal");
  });
  outputs.forEach((g, i) => {
    g.classList.toggle("todo", i > step);
    text(g, number(total(products(Math.floor(i / columns), i % columns, k))));
  });
  const list = products(r, c, k);
  caption.textContent = `row ${r}, column ${c}: ` + list.map(([x, w]) => `${number(x)}·${w < 0 ? `(${number(w)})` : number(w)}`).join(" + ") + " = ";
  const result = document.createElement("b");
  result.textContent = number(total(list));
  caption.append(result);
};
const go = drive(show, 700);
flip.addEventListener("change", () => show(shown));
outputs.forEach((g, i) => g.addEventListener("click", () => go(i)));
