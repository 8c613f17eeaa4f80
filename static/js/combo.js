// A field that lists clusters by the typed name: arrows mark an option, Enter chooses it.

function listOf(field) {
  return document.getElementById(field.getAttribute("aria-controls"));
}

export function open(field, isOpen) {
  listOf(field).hidden = !isOpen;
  field.setAttribute("aria-expanded", String(isOpen));
}

export function openOptions(list) {
  open(list.parentElement.querySelector("[data-find]"), true);
  mark(list, 0);
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
    if (!list.hidden) options[marked]?.click();
  }
}

export function closeOthers(target) {
  for (const list of document.querySelectorAll(".combo-options:not([hidden])")) {
    if (!list.parentElement.contains(target)) open(list.parentElement.querySelector("[data-find]"), false);
  }
}
