// Notes that go by themselves.

const TOAST_MS = 6000;

/** Show a note in place of the last one. */
export function announce(text) {
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  document.getElementById("toasts").replaceChildren(toast);
  expire(toast);
}

export function expire(toast) {
  setTimeout(() => toast.remove(), TOAST_MS);
}
