const { tracks, captions } = data, last = captions.length - 1;
const find = s => root.querySelector(s);
const slider = find("input[type=range]"), play = find("[data-do=play]"), caption = find(".caption");
// A value holds from its step on.
const at = (runs, step) => { let value; for (const [from, v] of runs) { if (from > step) break; value = v; } return value; };
const moving = Object.entries(tracks).map(([key, values]) => {
  const [id, attribute] = key.split("/");
  return [find(`[data-id="${id}"]`), attribute, values];
});
const show = () => {
  const step = +slider.value;
  for (const [element, attribute, values] of moving) {
    if (attribute === "text") element.textContent = at(values, step);
    else element.setAttribute(attribute, at(values, step));
  }
  caption.textContent = captions[step];
};
let timer = 0;
const stop = () => { clearInterval(timer); timer = 0; play.textContent = "play"; };
const go = step => { slider.value = Math.max(0, Math.min(last, step)); show(); };
slider.addEventListener("input", () => { stop(); show(); });
find("[data-do=back]").addEventListener("click", () => { stop(); go(+slider.value - 1); });
find("[data-do=next]").addEventListener("click", () => { stop(); go(+slider.value + 1); });
play.addEventListener("click", () => {
  if (timer) return stop();
  if (+slider.value === last) go(0);
  play.textContent = "pause";
  timer = setInterval(() => { go(+slider.value + 1); if (+slider.value === last || !root.isConnected) stop(); }, data.pause);
});
root.querySelectorAll("[data-step]").forEach(e => e.addEventListener("click", () => { stop(); go(+e.dataset.step); }));
// Notebooks take arrow keys for moving between cells.
root.addEventListener("keydown", e => { if (["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", " ", "Enter"].includes(e.key)) e.stopPropagation(); });
find(".controls").hidden = false;
show();
