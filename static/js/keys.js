// Single-key shortcuts: when they apply, and which button they press.

const TYPING = "input:not([type=hidden], [type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export function isTyping(target) {
  return target.matches(TYPING);
}

// Single characters can be switched off (WCAG 2.1.4): speech input may send stray letters.
export function isHeard(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return false;
  return event.key.length > 1 || document.documentElement.dataset.keys !== "off";
}

export function buttonOf(key, place) {
  return document.querySelector(`${place} [data-key="${CSS.escape(key)}"]`);
}

/** Press the button in `place` with this key; false if there is none. */
export function press(event, place) {
  if (!isHeard(event) || event.shiftKey || event.repeat || event.target.closest("details[open]")) return false;
  const button = buttonOf(event.key, place);
  if (!button) return false;
  event.preventDefault(); // an arrow on a focused candidate would choose another one
  button.click();
  return true;
}
