// Keyboard shortcuts for reviewing logos; the large image shows the selected candidate.

import { buttonOf, press } from "./keys.js";
import { onFailure } from "./toasts.js";

let lastKey = "";

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
  if (press(event, "#review")) lastKey = event.key;
}

function onClick(event) {
  if (event.target.closest("[data-key=n]")) showNext();
}

// The focused button was replaced; the button of the last key gets the focus.
function onSwap() {
  enhance();
  if (document.activeElement === document.body && lastKey) buttonOf(lastKey, "#review")?.focus({ preventScroll: true });
}

function enhance() {
  buttonOf("n", "#review")?.removeAttribute("hidden");
}

document.addEventListener("htmx:responseError", onFailure);
document.addEventListener("htmx:sendError", onFailure);
document.addEventListener("keydown", onKey);
document.addEventListener("click", onClick);
document.addEventListener("change", (event) => event.target.name === "capture" && show(event.target));
document.addEventListener("htmx:afterSwap", onSwap);
enhance();
