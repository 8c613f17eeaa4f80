// Keyboard shortcuts for judging pairs. After a swap the button of the last key gets the focus.

import { buttonOf, press } from "./keys.js";

let lastKey = "";

function onKey(event) {
  if (press(event, "#pairs")) lastKey = event.key;
}

function onSwap() {
  if (document.activeElement === document.body && lastKey) buttonOf(lastKey, "#pairs")?.focus({ preventScroll: true });
}

document.addEventListener("keydown", onKey);
document.addEventListener("htmx:afterSwap", onSwap);
