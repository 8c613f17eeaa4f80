// Selection of logos: click toggles, Shift selects a range, Escape clears, Ctrl+A selects the page.

import { range, step } from "./grid.js";
import { isTyping } from "./keys.js";

let anchor = null;

export const boxes = () => [...document.querySelectorAll("[data-selection] .pick-box")];
export const selected = () => boxes().filter((box) => box.checked);

export function show() {
  rove(document.activeElement);
  const n = selected().length;
  const label = document.querySelector("[data-selected]");
  if (label) label.textContent = `${n} selected`;
  const move = document.querySelector("[data-move]");
  if (move) move.textContent = n ? `Move ${n}` : "Move";
  const merge = document.querySelector("[data-merge]");
  if (merge) {
    merge.textContent = n > 1 ? `Merge ${n} clusters` : "Merge clusters";
    merge.disabled = n < 2;
  }
}

// Roving tabindex: one box is a tab stop, arrow keys move from there.
function rove(focused) {
  const every = boxes();
  const stop = every.includes(focused) ? focused : every[0];
  for (const box of every) box.tabIndex = box === stop ? 0 : -1;
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
  for (const index of range(every.indexOf(from), every.indexOf(to))) every[index].checked = from.checked;
}

function neighbour(box, key) {
  const every = boxes();
  return every[step(every.map((one) => one.getBoundingClientRect()), every.indexOf(box), key)];
}

function onKey(event) {
  if (isTyping(event.target)) return;
  if (event.key === "Escape") clear();
  const next = event.target.matches(".pick-box") && neighbour(event.target, event.key);
  if (next) {
    event.preventDefault();
    rove(next);
    next.focus();
  }
  if (event.key === "a" && (event.ctrlKey || event.metaKey) && boxes().length) {
    event.preventDefault();
    select(boxes().map((box) => box.value));
  }
}

// Shift+click would select text, which hides the logos.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest(".pick-hit")) event.preventDefault();
});
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
