// The review queue by keyboard: each answer has a key; the server sends the next card.

import { closeOthers, onComboKey } from "./combo.js";
import { buttonOf, isHeard, isTyping, press } from "./keys.js";
import { onFailure } from "./toasts.js";

const PLACE = "#review";
const LOOK_MS = 200; // before the next card is loaded; an answer that comes sooner has the server to itself
const STAYS = "[name=verb][value=apart]"; // answers that may keep the card
let warmed = "";
let warming = 0;
let next = null; // the next card, to be looked at while the server notes the answer

const ticks = () => [...document.querySelectorAll(`${PLACE} .queue-tick`)];
const pictures = () => [...document.querySelectorAll(`${PLACE} [data-zoom]`)];
const zoom = () => document.getElementById("zoom");

function onKey(event) {
  if (zoom().open) return onZoomKey(event);
  if (document.querySelector("dialog[open]")) return;
  if (event.target.matches("[data-find]")) return onComboKey(event);
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isTyping(event.target)) {
    event.preventDefault();
    return buttonOf(event.shiftKey ? "redo" : "undo", PLACE)?.click();
  }
  if (isTyping(event.target)) return onTyping(event);
  if (!isHeard(event)) return;
  const act = ACTS[event.key];
  if (act ? act(event) : press(event, PLACE)) event.preventDefault();
}

// Enter in the field of a new name makes the cluster; the form's first button would move.
function onTyping(event) {
  if (event.key === "Escape") event.target.blur();
  const verb = event.target.dataset.enter;
  if (event.key !== "Enter" || !verb) return;
  event.preventDefault();
  document.querySelector(`${PLACE} [data-verb="${verb}"]`).click();
}

const ACTS = {
  Enter: (event) => !event.target.closest("a, button, summary") && click("[data-first]"),
  n: () => focusOn("n"),
  "/": () => focusOn("/"),
  t: toggle,
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  " ": (event) => !event.target.closest("button, summary") && enlarge(),
};

function click(selector) {
  const found = document.querySelector(`${PLACE} ${selector}`);
  found?.click();
  return Boolean(found);
}

function focusOn(name) {
  const field = document.querySelector(`${PLACE} [data-focus="${name}"]`);
  field?.select();
  return Boolean(field);
}

function current() {
  const every = ticks();
  return every.includes(document.activeElement) ? document.activeElement : null;
}

function step(by) {
  const every = ticks();
  if (!every.length) return false;
  const at = every.indexOf(current());
  every[at < 0 ? (by > 0 ? 0 : every.length - 1) : (at + by + every.length) % every.length].focus();
  return true;
}

function toggle() {
  const tick = current() ?? ticks()[0];
  tick?.focus();
  tick?.click();
  return Boolean(tick);
}

function enlarge() {
  const all = pictures();
  const near = current()?.closest("li")?.querySelector("[data-zoom]");
  if (!all.length) return false;
  show(near ?? all[0]);
  zoom().showModal();
  return true;
}

function show(picture) {
  const image = new Image();
  Object.assign(image, { src: picture.dataset.zoom, alt: `Logo of ${picture.dataset.name}` });
  const stage = document.getElementById("zoom-stage");
  stage.dataset.ground = picture.dataset.ground;
  stage.replaceChildren(image);
  document.getElementById("zoom-name").textContent = picture.dataset.name;
  zoom().dataset.at = pictures().indexOf(picture);
}

// Arrows inside the enlarged picture never move the queue.
function onZoomKey(event) {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const all = pictures();
  if (event.key === " ") zoom().close();
  if (by) show(all[(Number(zoom().dataset.at) + by + all.length) % all.length]);
  if (by || event.key === " ") event.preventDefault();
}

function onClick(event) {
  closeOthers(event.target);
  if (event.target === zoom()) zoom().close();
  const large = event.target.closest(".queue-large[data-zoom]");
  if (!large) return;
  show(large);
  zoom().showModal();
}

// The next card and its pictures are loaded while this one is looked at.
async function warm() {
  const address = document.getElementById("review")?.dataset.next;
  if (!address || address === warmed) return;
  warmed = address;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const image of page.querySelectorAll("img[src]")) new Image().src = image.getAttribute("src");
  if (address === document.getElementById("review")?.dataset.next) next = page.getElementById("queue-card");
}

/** Show the next card until the server sends it; nothing in it can be pressed. */
function showNext({ detail }) {
  const card = document.getElementById("queue-card");
  if (detail.elt !== card || !next || card.hidden || mayStay(card, detail.requestConfig.triggeringEvent?.submitter)) return;
  const shown = document.createElement("div");
  shown.className = `${next.className} queue-next`;
  shown.inert = true;
  shown.append(...document.importNode(next, true).childNodes);
  for (const element of shown.querySelectorAll("*")) for (const name of ["id", "name", "data-key", "data-verb", "data-focus"]) element.removeAttribute(name);
  card.hidden = true;
  card.after(shown);
}

// Some of its logos would be left, or the answer asks about each.
function mayStay(card, button) {
  return button?.matches(STAYS) || ticks().some((tick) => !tick.checked);
}

function showAgain() {
  document.querySelector(`${PLACE} .queue-next`)?.remove();
  document.getElementById("queue-card")?.removeAttribute("hidden");
}

function count() {
  const merge = buttonOf("m", PLACE);
  if (merge?.dataset.first === undefined) return;
  const n = ticks().filter((tick) => tick.checked).length;
  merge.disabled = n < 2;
  merge.firstChild.textContent = n > 1 ? `Merge ${n} clusters ` : "Merge ";
}

function onSwap(event) {
  if (event.detail.target?.id === "cluster-options") return;
  next = null;
  count();
  warmSoon();
}

function warmSoon() {
  clearTimeout(warming);
  warming = setTimeout(warm, LOOK_MS);
}

document.addEventListener("keydown", onKey, { capture: true }); // before the frame, whose / is the search of the top bar
document.addEventListener("click", onClick);
document.addEventListener("change", count);
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.matches("[data-find]")) detail.parameters.q = detail.elt.value;
});
document.addEventListener("htmx:afterSwap", onSwap);
document.addEventListener("htmx:beforeRequest", showNext);
for (const failed of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failed, showAgain);
  document.addEventListener(failed, onFailure);
}
count();
warmSoon();
