// Draws a Plotly figure without a network. The first chart of a notebook carries the library, compressed; the others wait for it,
// because front-ends draw an output only when it scrolls into view.
const plot = root.querySelector(".dc-plot"), note = root.querySelector(".dc-note");
if (data.bundle && !window.deepCoursePlotly) {
  window.deepCoursePlotly = (async () => {
    const bytes = Uint8Array.from(atob(data.bundle), c => c.charCodeAt(0));
    const text = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    const module = { exports: {} };
    new Function("module", "exports", "define", text)(module, module.exports, undefined);
    return module.exports;
  })();
  window.deepCoursePlotly.full = data.isFull;
}
const draw = Plotly => {
  const color = getComputedStyle(plot).color, grid = "rgba(128,128,128,0.3)";
  const figure = JSON.parse(JSON.stringify(data.figure)), layout = figure.layout || {};
  const base = (layout.template && layout.template.layout) || {};
  for (const l of [base, layout]) {
    if (l === base || l.paper_bgcolor === undefined) l.paper_bgcolor = "rgba(0,0,0,0)";
    if (l === base || l.plot_bgcolor === undefined) l.plot_bgcolor = "rgba(0,0,0,0)";
    l.font = Object.assign({ size: 16 }, l.font, l === base || !(l.font && l.font.color) ? { color } : {});
  }
  for (const key of ["xaxis", "yaxis"]) base[key] = Object.assign({}, base[key], { automargin: true, gridcolor: grid, zerolinecolor: grid, linecolor: color });
  layout.template = Object.assign({}, layout.template, { layout: base });
  if (layout.width === 600 && layout.height === 600) { delete layout.width; delete layout.height; } // Plotly.NET's default: no wish of anybody's
  layout.autosize = true;
  note.hidden = true;
  Plotly.newPlot(plot, figure.data, layout, Object.assign({ responsive: true, displaylogo: false }, figure.config));
};
const started = Date.now();
const wait = () => {
  const loading = window.deepCoursePlotly;
  const usable = loading && (loading.full || !data.needsFull) ? loading : window.Plotly && Promise.resolve(window.Plotly);
  if (usable) usable.then(draw, error => { note.textContent = "The chart library could not be unpacked: " + error; });
  else {
    if (Date.now() - started > 1500) note.textContent = data.hint;
    if (root.isConnected) setTimeout(wait, 200);
  }
};
wait();
