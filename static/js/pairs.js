// Judging by keys: each button names its key. What had the focus is gone with the pair, so its like takes it over.

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
