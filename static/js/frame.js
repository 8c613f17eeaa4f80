// On every page: theme, logo background, shortcuts, menus, toasts.
// Nothing imports this module: pages load it by a hashed name, so an import would load it twice.
import { isHeard } from "./keys.js";
import { announce, expire } from "./toasts.js";

const YEAR_SECONDS = 31_536_000;
const GROUNDS = ["auto", "light", "dark", "checker"];
const PREFERENCES = ["theme", "ground", "keys"];
const root = document.documentElement;

// A cookie, not local storage: the server renders the page with it.
function remember(name, value) {
  root.dataset[name] = value;
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  markChoice(name);
  if (name === "ground") redrawMontages(value);
}

// Pictures of several logos have dark backgrounds in them, unless all logos get the same one.
function redrawMontages(ground) {
  for (const picture of document.querySelectorAll(".montage-picture")) {
    const address = new URL(picture.src);
    if (ground === "auto") address.searchParams.delete("plain");
    else address.searchParams.set("plain", "1");
    if (picture.src !== address.href) picture.src = address.href;
  }
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
  if (event.key === "?") document.getElementById("keys-help").showModal();
  const search = document.getElementById("search");
  if (event.key === "/" && search) {
    event.preventDefault();
    search.select();
  }
}

function expireAll() {
  document.querySelectorAll("#toasts > .toast").forEach(expire);
}

// Hidden tabs do not poll; they continue at the next tick once visible.
function pausePolling(event) {
  const trigger = event.detail.elt.getAttribute("hx-trigger") ?? "";
  if (document.hidden && trigger.startsWith("every ")) event.preventDefault();
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
for (const name of ["htmx:afterSwap", "htmx:oobAfterSwap"]) document.addEventListener(name, expireAll);
expireAll();
document.addEventListener("htmx:beforeRequest", pausePolling);
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
