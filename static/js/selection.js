// Choosing logos: click toggles, shift takes the range, Escape clears, Ctrl+A takes the page.

let anchor = null;

export const boxes = () => [...document.querySelectorAll("[data-selection] .pick-box")];
export const selected = () => boxes().filter((box) => box.checked);

export function show() {
  const n = selected().length;
  const label = document.querySelector("[data-selected]");
  if (label) label.textContent = `${n} selected`;
  const move = document.querySelector("[data-move]");
  if (move) move.textContent = n ? `Move ${n}` : "Move";
}

export function clear() {
  for (const box of boxes()) box.checked = false;
  anchor = null;
  show();
}

export function select(ids) {
  for (const box of boxes()) box.checked = ids.includes(box.value);
  show();
}

function onClick(event) {
  const box = event.target;
  if (!box.matches(".pick-box")) return;
  if (event.shiftKey && anchor?.isConnected) selectRange(anchor, box);
  anchor = box;
  show();
}

function selectRange(from, to) {
  const every = boxes();
  const [start, end] = [every.indexOf(from), every.indexOf(to)].sort((a, b) => a - b);
  for (const box of every.slice(start, end + 1)) box.checked = from.checked;
}

function isTyping(target) {
  return target.matches("input:not([type=checkbox]), textarea, select");
}

function onKey(event) {
  if (isTyping(event.target)) return;
  if (event.key === "Escape") clear();
  if (event.key === "a" && (event.ctrlKey || event.metaKey) && boxes().length) {
    event.preventDefault();
    select(boxes().map((box) => box.value));
  }
}

// Shift with a click marks text, which would hide the logos.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest(".pick-hit")) event.preventDefault();
});
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
