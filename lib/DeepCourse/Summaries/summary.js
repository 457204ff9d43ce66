// A button closes the rows below its own, up to the next one that lies no deeper.
const rows = [...root.querySelectorAll("tbody tr")], depth = r => +r.dataset.depth;
const draw = () => {
  let hidden = Infinity;
  for (const row of rows) {
    if (depth(row) <= hidden) hidden = Infinity;
    row.hidden = hidden < Infinity;
    const button = row.querySelector("button");
    if (hidden === Infinity && button && button.getAttribute("aria-expanded") === "false") hidden = depth(row);
  }
};
for (const button of root.querySelectorAll("button")) button.addEventListener("click", () => {
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", !open);
  button.textContent = open ? "▸" : "▾";
  draw();
});
