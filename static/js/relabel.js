// Decisions on the logos of a run. htmx sends the forms, shows the toast and refreshes #members;
// this adds the selection, the keyboard, the list of clusters, and keeps the focus across a refresh.
import { closeOthers, onComboKey } from "./combo.js";
import { hexadecimal } from "./format.js";
import * as selection from "./selection.js";
import { isHeard, isTyping, press } from "./keys.js";
import { announce, onFailure } from "./toasts.js";

const CONFLICT = 409;

const REFRESHED = '[hx-trigger="corrected from:body"]';
const NOWHERE = { index: -1 };

let kept = null;
let isStale = false;
let toast = "";

// crypto.randomUUID exists on secure origins only; plain http on a local network needs this.
function newId() {
  return hexadecimal(crypto.getRandomValues(new Uint8Array(16)));
}

function onConfig({ detail }) {
  const { elt, parameters } = detail;
  if (elt.matches("[data-find]")) parameters.q = elt.value;
  if (elt.matches("[data-decision]")) parameters.client_id = newId(); // each press is a new decision
  if (!elt.closest("#actions") || elt.matches("[data-find]")) return;
  parameters.pick = selection.sent();
  parameters.seen = selection.seen();
}

// The field that a button of the action bar reads, if it is empty.
function missing(button) {
  const field = button?.dataset.reads && button.form.elements[button.dataset.reads];
  return field && !field.value.trim() ? field : null;
}

function onSubmit(event) {
  if (event.submitter?.matches("[data-plain]")) return sendPlainly(event);
  const empty = missing(event.submitter);
  if (!empty) return;
  event.preventDefault();
  event.stopPropagation(); // before htmx sees it
  empty.focus();
  announce(event.submitter.matches("[data-name]") ? "Enter a name for the new cluster first" : "Choose a cluster first");
}

// A download is no answer for htmx.
function sendPlainly(event) {
  event.stopPropagation();
  const field = Object.assign(document.createElement("input"), { type: "hidden", name: "pick", value: selection.sent() });
  event.target.append(field);
  setTimeout(() => field.remove());
}

const nameFields = () => document.querySelectorAll("#actions [data-find]");

const isRefresh = ({ detail }) => detail.requestConfig?.triggeringEvent?.type === "corrected";

function onBeforeSwap(event) {
  const { detail } = event;
  if (detail.xhr.status === CONFLICT) { // a refused decision: its answer says what has changed
    detail.shouldSwap = true;
    detail.isError = false;
  }
  if (detail.target.id === "toasts" && detail.xhr.getResponseHeader("HX-Trigger")) {
    const isOurs = detail.requestConfig.elt.closest("#actions, [data-of-selection]");
    isStale = detail.xhr.status === CONFLICT;
    if (isOurs && !isStale) {
      selection.clear();
      for (const field of nameFields()) field.value = ""; // it names no other selection
    }
    if (document.querySelector(REFRESHED)) {
      detail.shouldSwap = false; // after the refresh, as it says that the page is up to date
      toast = detail.serverResponse;
    }
  }
  if (isRefresh(event)) kept = focusedPlace() ?? NOWHERE;
}

function onAfterSwap(event) {
  enhance();
  if (!kept || !isRefresh(event)) return;
  if (isStale) selection.renew();
  focusAt(kept);
  kept = null;
  htmx.swap("#toasts", toast, { swapStyle: "innerHTML" });
}

// The focused logo may leave with the decision; the next one in its place takes the focus.
function focusedPlace() {
  const active = document.activeElement;
  const item = active.closest(".pick, .outlier") ?? selection.chosen()[0]?.closest(".pick, .outlier");
  if (!item || active === document.body) return null;
  const kind = active.closest(".suggestions") ? ".suggestions button" : ".pick-box";
  return { kind, index: [...document.querySelectorAll(".outlier, .tile-grid > .pick")].indexOf(item.closest(".outlier") ?? item) };
}

function focusAt(place) {
  if (place.index < 0) return;
  const items = document.querySelectorAll(".outlier, .tile-grid > .pick");
  const item = items[Math.min(place.index, items.length - 1)];
  (item?.querySelector(place.kind) ?? item?.querySelector(".pick-box"))?.focus({ preventScroll: true });
}

function enhance() {
  for (const hidden of document.querySelectorAll("[data-clear], [data-select-picks], [data-all-found]")) hidden.hidden = false;
  selection.show();
}

function onClick(event) {
  closeOthers(event.target);
  const chooser = event.target.closest("[data-select-picks]");
  if (chooser) selection.pick(chooser.dataset.selectPicks.split(" ").map((word) => ({ word })));
  if (event.target.closest("[data-clear]")) selection.clear();
  if (event.target.closest("[data-all], [data-all-found]")) selection.pickAll();
}

function onKey(event) {
  if (event.target.matches("[data-find]")) onComboKey(event);
  else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isTyping(event.target)) {
    event.preventDefault();
    document.querySelector(`[data-key=${event.shiftKey ? "redo" : "undo"}]`)?.click();
  } else if (!selection.isEmpty() && !document.querySelector("dialog[open]")) {
    if (event.key === "n" && isHeard(event)) {
      event.preventDefault();
      for (const field of nameFields()) {
        field.focus();
        field.select();
      }
    } else press(event, "#actions");
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
selection.pickProposed();
