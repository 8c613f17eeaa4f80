// Reviewing by keys: each button and link names its key; the image follows the chosen candidate.

import { announce } from "./frame.js";

const TYPING = "input:not([type=radio], [type=checkbox]), textarea, select";
let lastKey = "";

function buttonOf(key) {
  return document.querySelector(`#review [data-key="${CSS.escape(key)}"]`);
}

function candidates() {
  return [...document.querySelectorAll("#review [name=capture]")];
}

function showNext() {
  const all = candidates();
  const next = all[(all.findIndex((radio) => radio.checked) + 1) % all.length];
  if (!next) return;
  next.checked = true;
  show(next);
}

function show(radio) {
  const image = document.getElementById("review-image");
  const { image: address, width, height, ground, alt } = radio.dataset;
  Object.assign(image, { src: address, width, height, alt });
  image.parentElement.dataset.ground = ground;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
  if (event.target.matches(TYPING) || event.target.closest("details[open]")) return;
  const button = buttonOf(event.key);
  if (!button) return;
  event.preventDefault(); // an arrow on a focused candidate would choose another one
  lastKey = event.key;
  button.click();
}

function onClick(event) {
  if (event.target.closest("[data-key=n]")) showNext();
}

// What had the focus is gone with the domain that was decided; its like takes the focus over.
function onSwap() {
  enhance();
  if (document.activeElement === document.body && lastKey) buttonOf(lastKey)?.focus({ preventScroll: true });
}

function enhance() {
  buttonOf("n")?.removeAttribute("hidden");
}

// A decision that did not arrive must not look like one that did.
function onFailure() {
  announce("That did not reach the server. Nothing was changed; try again.");
}

document.addEventListener("htmx:responseError", onFailure);
document.addEventListener("htmx:sendError", onFailure);
document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("change", (event) => event.target.name === "capture" && show(event.target));
document.addEventListener("htmx:afterSwap", onSwap);
enhance();
