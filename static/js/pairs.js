// Judging by keys: each button names its key. What had the focus is gone with the pair, so its like takes it over.

const TYPING = "input:not([type=hidden]), textarea, select";
let lastKey = "";

function buttonOf(key) {
  return document.querySelector(`#pairs [data-key="${CSS.escape(key)}"]`);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
  if (event.target.matches(TYPING) || event.target.closest("details[open]")) return;
  const button = buttonOf(event.key);
  if (!button) return;
  event.preventDefault();
  lastKey = event.key;
  button.click();
}

function onSwap() {
  if (document.activeElement === document.body && lastKey) buttonOf(lastKey)?.focus({ preventScroll: true });
}

document.addEventListener("keydown", onKey);
document.addEventListener("htmx:afterSwap", onSwap);
