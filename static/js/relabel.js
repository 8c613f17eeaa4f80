// Decisions on the logos of a run. htmx sends the forms, shows the toast and refreshes #members;
// this adds the keyboard, the list of clusters, and keeps selection and focus across a refresh.
import { closeOthers, onComboKey, openOptions } from "./combo.js";
import { hexadecimal } from "./format.js";
import * as selection from "./selection.js";
import { isTyping } from "./keys.js";
import { announce, onFailure } from "./toasts.js";

const CONFLICT = 409;

let kept = null;
let toast = "";

// crypto.randomUUID exists on secure origins only; plain http on a local network needs this.
function newId() {
  return hexadecimal(crypto.getRandomValues(new Uint8Array(16)));
}

function onConfig({ detail }) {
  const { elt, parameters } = detail;
  if (elt.matches("[data-find]")) parameters.q = elt.value;
  if (elt.matches("[data-decision]")) parameters.client_id = newId(); // each press is a new decision
}

// The field that a button of the action bar reads, if it is empty.
function missing(button) {
  const field = button?.dataset.reads && button.form.elements[button.dataset.reads];
  return field && !field.value.trim() ? field : null;
}

function onSubmit(event) {
  const empty = missing(event.submitter);
  if (!empty) return;
  event.preventDefault();
  event.stopPropagation(); // before htmx sees it
  empty.focus();
  announce(empty.matches("[data-find]") ? "Choose a cluster first" : "Enter a name for the new cluster first");
}

const isRefresh = ({ detail }) => detail.requestConfig?.triggeringEvent?.type === "corrected";

function onBeforeSwap(event) {
  const { detail } = event;
  if (detail.xhr.status === CONFLICT) { // a refused decision: its answer says what has changed
    detail.shouldSwap = true;
    detail.isError = false;
  }
  if (detail.target.id === "toasts" && detail.xhr.getResponseHeader("HX-Trigger")) {
    detail.shouldSwap = false; // after the refresh, as it says that the page is up to date
    toast = detail.serverResponse;
  }
  if (isRefresh(event)) kept = { ids: selection.selected().map((box) => box.value), place: focusedPlace() };
}

function onAfterSwap(event) {
  enhance();
  if (event.detail.target?.id === "cluster-options") openOptions(event.detail.target);
  if (!kept || !isRefresh(event)) return;
  selection.select(kept.ids);
  focusAt(kept.place);
  kept = null;
  htmx.swap("#toasts", toast, { swapStyle: "innerHTML" });
}

// The focused logo may leave with the decision; the next one in its place takes the focus.
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

function onClick(event) {
  closeOthers(event.target);
  const chooser = event.target.closest("[data-select-ids]");
  if (chooser) selection.select(chooser.dataset.selectIds.split(","));
  if (event.target.closest("[data-clear]")) selection.clear();
}

function onKey(event) {
  if (event.target.matches("[data-find]")) onComboKey(event);
  else if (event.target.matches(".action-bar [name=name]") && event.key === "Enter") {
    event.preventDefault(); // Enter would press the form's first button, which moves
    event.target.form.querySelector("[data-reads=name]").click();
  } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isTyping(event.target)) {
    event.preventDefault();
    document.querySelector(`[data-key=${event.shiftKey ? "redo" : "undo"}]`)?.click();
  }
}

document.addEventListener("submit", onSubmit, { capture: true });
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
document.addEventListener("htmx:configRequest", onConfig);
document.addEventListener("htmx:beforeSwap", onBeforeSwap);
document.addEventListener("htmx:afterSwap", onAfterSwap);
document.addEventListener("htmx:responseError", onFailure);
document.addEventListener("htmx:sendError", onFailure);
enhance();
