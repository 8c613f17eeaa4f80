// What every page has: theme, ground behind logos, keys on or off, menus that close, toasts that go.

// What other modules use too stands in modules of its own: by a name without a hash, which is how
// modules import each other, this one would be loaded twice.
import { isHeard } from "./keys.js";
import { announce, expire } from "./toasts.js";

const YEAR_SECONDS = 31_536_000;
const GROUNDS = ["auto", "light", "dark", "checker"];
const PREFERENCES = ["theme", "ground", "keys"];
const root = document.documentElement;

// A cookie, not local storage, so that the server draws the page right the first time.
function remember(name, value) {
  root.dataset[name] = value;
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  markChoice(name);
}

function markChoice(name) {
  for (const button of document.querySelectorAll(`[data-${name}-choice]`)) {
    button.setAttribute("aria-pressed", String(button.dataset[`${name}Choice`] === root.dataset[name]));
  }
}

function onClick(event) {
  const target = event.target;
  for (const name of PREFERENCES) {
    const button = target.closest(`[data-${name}-choice]`);
    if (!button) continue;
    remember(name, button.dataset[`${name}Choice`]);
    closeMenus();
  }
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
}

function onKey(event) {
  if (event.key === "Escape") {
    closeMenus();
    if (event.target.id === "search") event.target.blur();
  }
  if (!isHeard(event)) return;
  if (event.key === "b") {
    remember("ground", GROUNDS[(GROUNDS.indexOf(root.dataset.ground) + 1) % GROUNDS.length]);
    announce(`Logo background: ${root.dataset.ground}`);
  }
  const search = document.getElementById("search");
  if (event.key === "/" && search) {
    event.preventDefault();
    search.select();
  }
}

function closeMenus() {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

root.classList.add("has-script");
document.querySelector(".tab[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
for (const name of PREFERENCES) {
  markChoice(name);
  document.getElementById(`${name}-menu`)?.removeAttribute("hidden");
}
document.querySelectorAll(".toasts > .toast:not(:has(button, a))").forEach(expire);
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
