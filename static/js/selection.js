// Choosing logos: click toggles, shift takes the range, Escape clears, Ctrl+A takes the page.

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
}

// One box of the page is a stop of the Tab key; arrows go on from there.
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
  const [start, end] = [every.indexOf(from), every.indexOf(to)].sort((a, b) => a - b);
  for (const box of every.slice(start, end + 1)) box.checked = from.checked;
}

function step(from, key) {
  const every = boxes();
  const at = every.indexOf(from);
  const row = from.getBoundingClientRect();
  const centre = row.left + row.width / 2;
  const nearest = (side) => side
    .map((box) => [box, box.getBoundingClientRect()])
    .sort(([, a], [, b]) => Math.abs(a.top - row.top) - Math.abs(b.top - row.top) || Math.abs(a.left - centre) - Math.abs(b.left - centre))[0]?.[0];
  const isOther = (sign) => (box) => sign * (box.getBoundingClientRect().top - row.top) > 1;
  return {
    ArrowRight: () => every[at + 1],
    ArrowLeft: () => every[at - 1],
    ArrowDown: () => nearest(every.filter(isOther(1))),
    ArrowUp: () => nearest(every.filter(isOther(-1))),
    Home: () => every[0],
    End: () => every.at(-1),
  }[key]?.();
}

function onKey(event) {
  if (isTyping(event.target)) return;
  if (event.key === "Escape") clear();
  const next = event.target.matches(".pick-box") && step(event.target, event.key);
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

// Shift with a click marks text, which would hide the logos.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest(".pick-hit")) event.preventDefault();
});
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
