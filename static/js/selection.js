// One selection for all pages of a run, kept while the tab is open: click toggles, Shift selects a range,
// a dragged rectangle selects what it touches, Ctrl+A all that the page lists, Escape nothing.
import { counted } from "./format.js";
import { range, step, touched } from "./grid.js";
import { isTyping } from "./keys.js";
import { EMPTY, counts, isPicked, picked, words } from "./picks.js";

const DRAG_PX = 6; // less is a click
const KEPT_WORDS = 60_000; // of a storage of 5 MB
const bar = () => document.getElementById("actions");
let anchor = null;
let state = EMPTY;
let isRead = false;

const key = () => `picks ${bar().dataset.selection}`;
export const boxes = () => [...document.querySelectorAll("[data-picks] .pick-box")];
export const chosen = () => boxes().filter((box) => box.checked);
export const sent = () => words(state).join(" ");
export const seen = () => state.seen;
export const version = () => document.querySelector("[data-version]")?.dataset.version ?? "";
export const has = (word) => isPicked(read(), word);
export const isEmpty = () => read() === EMPTY;
export const picks = () => Object.keys(read().picks);

function read() {
  if (isRead || !bar()) return state;
  isRead = true;
  state = JSON.parse(sessionStorage.getItem(key()) ?? "null") ?? EMPTY;
  return state;
}

function write(next) {
  state = next;
  if (state === EMPTY) sessionStorage.removeItem(key());
  else if (Object.keys(state.picks).length <= KEPT_WORDS) sessionStorage.setItem(key(), JSON.stringify(state));
  show();
}

/** Select items {word, n, around}, or not. */
export function pick(items, isOn = true) {
  if (bar()) write(picked(read(), items, isOn, version()));
}

export function clear() {
  anchor = null;
  if (bar()) write(EMPTY);
}

/** Decide on the page as it is now: after a conflict. */
export function renew() {
  if (state !== EMPTY) write({ ...state, seen: version() });
}

const list = (box) => box.closest("[data-picks]");

function item(box) {
  const around = (box.dataset.within ?? "").split(" ").filter(Boolean);
  const filter = list(box).dataset.filter;
  return { word: box.value, n: Number(box.dataset.n ?? 1), around: filter ? [...around, filter] : around };
}

/** Check the boxes of what is selected. */
export function mark() {
  if (!bar()) return;
  read();
  for (const box of boxes()) box.checked = isPicked(state, box.value, item(box).around);
  rove(document.activeElement);
}

export function show() {
  if (!bar()) return;
  mark();
  showBar();
  document.dispatchEvent(new CustomEvent("picked"));
}

function showBar() {
  const n = counts(state);
  bar().toggleAttribute("data-open", state !== EMPTY);
  bar().querySelector("[data-selected]").textContent = state === EMPTY ? "" : told(n);
  const merge = bar().querySelector("[data-merge]");
  if (merge) {
    merge.hidden = n.clusters < 2;
    merge.textContent = `Merge ${n.clusters}`;
    const isOne = picks().length === 1 && n.clusters === 1;
    bar().querySelector("[data-split]").hidden = !isOne;
    const compare = bar().querySelector("[data-compare]");
    compare.hidden = n.clusters < 1;
    const address = new URL(compare.href);
    address.searchParams.delete("c");
    for (const word of picks()) if (word[0] === "c") address.searchParams.append("c", word.slice(1));
    compare.href = address.href;
  }
  showAll();
}

function told({ clusters, logos, domains, hasAll }) {
  const parts = [clusters && counted(clusters, "cluster"), logos && counted(logos, "logo")].filter(Boolean);
  const isMore = domains > clusters + logos || (clusters && domains);
  return `${hasAll ? "All " : ""}${parts.join(" and ")}${isMore && !hasAll ? ` (${counted(domains, "domain")})` : ""} selected`;
}

function filterItem() {
  const all = document.querySelector("[data-picks][data-filter]");
  return all && { word: all.dataset.filter, n: Number(all.dataset.n), kind: all.dataset.filter[0] };
}

/** Select all that the page lists, also on its other pages. */
export function pickAll() {
  const all = filterItem();
  pick(all ? [all] : boxes().map(item));
}

function showAll() {
  const button = bar().querySelector("[data-all]");
  const all = filterItem();
  if (!button) return;
  button.hidden = !all || all.word in state.picks;
  if (all) button.textContent = `All ${counted(all.n, { g: "cluster" }[all.kind] ?? "domain")}`;
}

// Roving tabindex: one box is a tab stop, arrow keys move from there.
function rove(focused) {
  const every = boxes();
  const stop = every.includes(focused) ? focused : every[0];
  for (const box of every) box.tabIndex = box === stop ? 0 : -1;
}

function selectTo(box) {
  const every = boxes();
  const [from, to] = [every.indexOf(anchor), every.indexOf(box)];
  pick(range(from, to).map((index) => item(every[index])), anchor.checked);
}

function neighbour(box, key) {
  const every = boxes();
  return every[step(every.map((one) => one.getBoundingClientRect()), every.indexOf(box), key)];
}

function onClick(event) {
  const box = event.target.matches(".pick-box") ? event.target : heldBox(event);
  if (!box || !list(box)) return;
  if (box !== event.target) {
    event.preventDefault();
    box.checked = !box.checked;
  }
  if (event.shiftKey && anchor?.isConnected) selectTo(box);
  else pick([item(box)], box.checked);
  anchor = box;
}

// With Ctrl or Shift a click anywhere on a card selects it, where a plain one opens it.
function heldBox(event) {
  if (!(event.ctrlKey || event.metaKey || event.shiftKey) || event.target.closest(".pick-hit, .copies")) return null;
  return event.target.closest("[data-picks] .pick")?.querySelector(".pick-box");
}

function onKey(event) {
  if (isTyping(event.target)) return;
  if (event.key === "Escape" && !document.querySelector("dialog[open]") && state !== EMPTY) clear();
  const next = event.target.matches(".pick-box") && neighbour(event.target, event.key);
  if (next) {
    event.preventDefault();
    rove(next);
    next.focus();
  }
  if (event.key === "a" && (event.ctrlKey || event.metaKey) && boxes().length) {
    event.preventDefault();
    pickAll();
  }
}

// A rectangle of the mouse; fingers scroll.
function onDown(event) {
  if (event.button !== 0 || event.pointerType !== "mouse" || !bar()) return;
  if (!event.target.closest("[data-picks]") && !event.target.matches(".content, #members, #cards")) return;
  if (event.target.closest("input:not(.pick-box), button, select, details, form")) return;
  if (!document.querySelector("[data-picks] .pick-box")) return;
  const start = { x: event.pageX, y: event.pageY };
  let frame = null;
  const move = (moved) => {
    const [width, height] = [Math.abs(moved.pageX - start.x), Math.abs(moved.pageY - start.y)];
    if (!frame && Math.hypot(width, height) < DRAG_PX) return;
    frame ??= document.body.appendChild(Object.assign(document.createElement("div"), { className: "rectangle" }));
    getSelection().removeAllRanges();
    Object.assign(frame.style, { left: `${Math.min(start.x, moved.pageX)}px`, top: `${Math.min(start.y, moved.pageY)}px`, width: `${width}px`, height: `${height}px` });
  };
  const end = (ended) => {
    removeEventListener("pointermove", move);
    if (!frame) return;
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }));
    const area = frame.getBoundingClientRect();
    frame.remove();
    const every = boxes();
    const places = every.map((box) => box.closest(".pick").getBoundingClientRect());
    pick(touched(places, area).map((index) => item(every[index])), !ended.altKey);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end, { once: true });
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

// Shift+click would select text, which hides the logos.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest("[data-picks] .pick")) event.preventDefault();
});
document.addEventListener("dragstart", (event) => event.target.closest?.("[data-picks]") && event.preventDefault());
document.addEventListener("pointerdown", onDown);
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
/** Select what the page proposes. */
export function pickProposed() {
  const proposed = boxes().filter((box) => box.defaultChecked);
  if (proposed.length) pick(proposed.map(item));
}

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  isRead = false; // another page may have changed it
  show();
});
