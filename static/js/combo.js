// A field that lists clusters by the typed name: arrows mark an option, Enter chooses it.

function listOf(field) {
  return document.getElementById(field.getAttribute("aria-controls"));
}

export function open(field, isOpen) {
  const list = listOf(field);
  list.hidden = !isOpen;
  if (!isOpen) delete list.dataset.entered;
  field.setAttribute("aria-expanded", String(isOpen));
}

// Until the server has answered for the typed text, no option is marked, and Enter waits for the answer.
function onInput({ target }) {
  if (!target.matches("[data-find]")) return;
  const list = listOf(target);
  delete list.dataset.entered;
  list.setAttribute("aria-busy", "true");
  mark(list, -1);
}

// Shows the options that the server sent; not before htmx has settled, as they do nothing until then.
function onSettled({ detail }) {
  const list = detail.target;
  const field = list?.matches(".combo-options") && list.parentElement.querySelector("[data-find]");
  if (!field || detail.requestConfig.parameters.q !== field.value) return; // or another text was typed meanwhile
  const isAwaited = "entered" in list.dataset;
  list.removeAttribute("aria-busy");
  delete list.dataset.entered;
  open(field, true);
  mark(list, 0);
  if (isAwaited) list.querySelector("[role=option]")?.click();
}

function mark(list, index) {
  list.querySelectorAll("[role=option]").forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
}

export function onComboKey(event) {
  const list = listOf(event.target);
  const options = [...list.querySelectorAll("[role=option]")];
  const marked = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Escape") open(event.target, false);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && options.length) {
    event.preventDefault();
    mark(list, (marked + step + options.length) % options.length);
  }
  if (event.key === "Enter") {
    event.preventDefault();
    if (list.getAttribute("aria-busy")) list.dataset.entered = "";
    else if (!list.hidden) options[marked]?.click();
  }
}

export function closeOthers(target) {
  for (const list of document.querySelectorAll(".combo-options:not([hidden])")) {
    if (!list.parentElement.contains(target)) open(list.parentElement.querySelector("[data-find]"), false);
  }
}

document.addEventListener("input", onInput);
document.addEventListener("htmx:afterSettle", onSettled);
