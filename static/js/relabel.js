// Decisions without leaving the page: send the form, show the toast, draw the changed part anew.
import * as selection from "./selection.js";
import { isTyping } from "./keys.js";
import { announce } from "./toasts.js";

const FIND_DELAY_MS = 120;
let findTimer = 0;

async function send(form, submitter) {
  const body = new FormData(form, submitter);
  body.set("client_id", newId());
  const leaving = markLeaving(body.getAll("domain"));
  const target = submitter?.getAttribute("formaction") || form.getAttribute("action");
  try {
    const answer = await fetch(target, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const toast = await answer.text();
    await refresh();
    showToast(toast); // last: it says that the page is as it will stay
  } catch {
    announce("The server could not be reached. Nothing was changed. Try again.");
  } finally {
    for (const item of leaving) item.classList.remove("is-leaving");
  }
}

// crypto.randomUUID exists on secure origins only; a product on a plain LAN address needs this too.
function newId() {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
  return hex.join("");
}

function markLeaving(ids) {
  const items = selection.boxes().filter((box) => ids.includes(box.value)).map((box) => box.closest(".pick"));
  for (const item of items) item.classList.add("is-leaving");
  return items;
}

function showToast(html) {
  const toasts = document.getElementById("toasts");
  toasts.innerHTML = html;
  const toast = toasts.firstElementChild;
  setTimeout(() => toast?.remove(), 10_000);
}

async function refresh() {
  const part = document.querySelector("[data-refresh]");
  if (!part) return;
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const kept = selection.selected().map((box) => box.value);
  const place = focusedPlace();
  part.outerHTML = await answer.text();
  selection.select(kept);
  enhance();
  focusAt(place);
}

// What had the focus may leave with the decision; the next one in its place takes it over.
function focusedPlace() {
  const active = document.activeElement;
  const item = active.closest(".pick, .outlier") ?? selection.selected()[0]?.closest(".pick, .outlier");
  if (!item || active === document.body) return null;
  const kind = active.closest(".suggestions") ? ".suggestions button" : ".pick-box";
  return { kind, index: [...document.querySelectorAll(".outlier, .tile-grid > .pick")].indexOf(item.closest(".outlier") ?? item) };
}

function focusAt(place) {
  if (!place) return;
  const items = document.querySelectorAll(".outlier, .tile-grid > .pick");
  const item = items[Math.min(place.index, items.length - 1)];
  (item?.querySelector(place.kind) ?? item?.querySelector(".pick-box"))?.focus({ preventScroll: true });
}

function enhance() {
  for (const hidden of document.querySelectorAll("[data-clear], [data-select-ids]")) hidden.hidden = false;
  selection.show();
}

function onSubmit(event) {
  const form = event.target;
  if (!form.matches("[data-decision]")) return undefined;
  event.preventDefault();
  const empty = missing(event.submitter);
  if (!empty) return send(form, event.submitter);
  empty.focus();
  return announce(empty.matches("[data-find]") ? "Choose a cluster first" : "Enter a name for the new cluster first");
}

// The field that a button of the action bar reads, where nothing is in it.
function missing(button) {
  const field = button?.dataset.reads && button.form.elements[button.dataset.reads];
  return field && !field.value.trim() ? field : null;
}

function onClick(event) {
  for (const list of document.querySelectorAll(".combo-options:not([hidden])")) {
    if (!list.parentElement.contains(event.target)) open(list.parentElement.querySelector("[data-find]"), list, false);
  }
  const chooser = event.target.closest("[data-select-ids]");
  if (chooser) selection.select(chooser.dataset.selectIds.split(","));
  if (event.target.closest("[data-clear]")) selection.clear();
  const option = event.target.closest("[data-cluster]");
  if (option) choose(option);
}

function choose(option) {
  const form = option.closest("form");
  const chosen = document.createElement("input");
  Object.assign(chosen, { type: "hidden", name: "cluster", value: option.dataset.cluster });
  form.append(chosen);
  send(form, form.querySelector("[data-move]"));
  chosen.remove();
}

function onInput(event) {
  if (!event.target.matches("[data-find]")) return;
  clearTimeout(findTimer);
  findTimer = setTimeout(() => find(event.target), FIND_DELAY_MS);
}

async function find(field) {
  const list = document.getElementById(field.getAttribute("aria-controls"));
  const address = new URL(field.dataset.find, location.href);
  address.searchParams.set("q", field.value);
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok || !list.isConnected) return;
  list.innerHTML = await answer.text();
  open(field, list, true);
  mark(list, 0);
}

function open(field, list, isOpen) {
  list.hidden = !isOpen;
  field.setAttribute("aria-expanded", String(isOpen));
}

function mark(list, index) {
  list.querySelectorAll("[role=option]").forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
}

function onKey(event) {
  if (event.target.matches("[data-find]")) return onComboKey(event);
  if (event.target.matches(".action-bar [name=name]") && event.key === "Enter") {
    event.preventDefault(); // Enter would press the form's first button, which moves
    return event.target.form.requestSubmit(event.target.form.querySelector("[data-reads=name]"));
  }
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || isTyping(event.target)) return undefined;
  event.preventDefault();
  document.querySelector(`[data-key=${event.shiftKey ? "redo" : "undo"}]`)?.click();
  return undefined;
}

function onComboKey(event) {
  const list = document.getElementById(event.target.getAttribute("aria-controls"));
  const options = [...list.querySelectorAll("[role=option]")];
  const marked = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") open(event.target, list, false);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && options.length) {
    event.preventDefault();
    mark(list, (marked + step + options.length) % options.length);
  }
  if (event.key === "Enter") {
    event.preventDefault();
    if (options[marked] && !list.hidden) choose(options[marked]);
  }
}

document.addEventListener("submit", onSubmit);
document.addEventListener("click", onClick);
document.addEventListener("input", onInput);
document.addEventListener("focusin", onInput);
document.addEventListener("keydown", onKey);
document.addEventListener("htmx:afterSettle", enhance);
enhance();
