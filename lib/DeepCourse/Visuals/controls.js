const find = s => root.querySelector(s), all = s => [...root.querySelectorAll(s)];
find(".controls").hidden = false;
// Notebooks take arrow keys for moving between cells.
root.addEventListener("keydown", e => { if (["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", " ", "Enter"].includes(e.key)) e.stopPropagation(); });
// Slider and buttons: show(step) draws a step. Gives a function that goes to a step, and draws the first.
const drive = (show, pause) => {
  const slider = find("input[type=range]"), play = find("[data-do=play]"), last = +slider.max;
  let timer = 0;
  const stop = () => { if (timer) play.textContent = "play"; clearInterval(timer); timer = 0; };
  const move = step => { slider.value = Math.max(0, Math.min(last, step)); show(+slider.value); };
  const go = step => { stop(); move(step); };
  slider.addEventListener("input", () => go(+slider.value));
  find("[data-do=back]").addEventListener("click", () => go(+slider.value - 1));
  find("[data-do=next]").addEventListener("click", () => go(+slider.value + 1));
  if (play) play.addEventListener("click", () => {
    if (timer) return stop();
    if (+slider.value === last) move(0);
    play.textContent = "pause";
    timer = setInterval(() => { move(+slider.value + 1); if (+slider.value === last || !root.isConnected) stop(); }, pause);
  });
  go(+slider.value);
  return go;
};
