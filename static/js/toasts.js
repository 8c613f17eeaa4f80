// Messages that disappear on their own.

const TOAST_MS = 6000;
const UNDO_MS = 10_000; // long enough to read it and to reach the button

/** Show a message in place of the previous one. */
export function announce(text) {
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  document.getElementById("toasts").replaceChildren(toast);
  expire(toast);
}

export function expire(toast) {
  setTimeout(() => toast.remove(), toast.querySelector("button, a") ? UNDO_MS : TOAST_MS);
}

/** Report a request of htmx that failed: failed corrections must not look successful. */
export function onFailure({ detail }) {
  announce(detail.requestConfig.verb === "get"
    ? "The page could not be updated. Reload it."
    : "The server could not be reached. Nothing was changed. Try again.");
}
