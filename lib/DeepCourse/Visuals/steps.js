const { tracks, captions } = data, caption = find(".caption");
// A value holds from its step on.
const at = (runs, step) => { let value; for (const [from, v] of runs) { if (from > step) break; value = v; } return value; };
const moving = Object.entries(tracks).map(([key, values]) => {
  const [id, attribute] = key.split("/");
  return [find(`[data-id="${id}"]`), attribute, values];
});
const go = drive(step => {
  for (const [element, attribute, values] of moving) {
    if (attribute === "text") element.textContent = at(values, step);
    else element.setAttribute(attribute, at(values, step));
  }
  caption.textContent = captions[step];
}, data.pause);
all("[data-step]").forEach(e => e.addEventListener("click", () => go(+e.dataset.step)));
