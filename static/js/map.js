// The map: colours for the largest clusters in view, a card at the pointer, search, zoom.
import { clustersInView, coloursOf, styles, stylesOfRows, zoomed } from "./colours.js";
import { counted } from "./format.js";
import { readNames, readPoints, rowsOf, tracesOf } from "./points.js";

const MAX_PIXEL_RATIO = 2; // more is slow and not visible
const SETTLE_MS = 200;
const FRAMES = 3;
const SMALLEST_ZOOM = 0.8;
const LEGEND_ROWS = 200;
const NO_UID = "00000000-0000-0000-0000-000000000000";
const OPTIONS = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: "reset", plotGlPixelRatio: Math.min(MAX_PIXEL_RATIO, devicePixelRatio) };
const host = document.querySelector(".map");
const plot = document.getElementById("plot");
const card = document.getElementById("map-card");
const style = getComputedStyle(host);
const field = document.getElementById("map-search");
const state = document.getElementById("map-state");
const found = document.getElementById("map-found");
let points = null;
let names = null;
const labels = new Map(); // of a large map, by row: promises
let hovered = null;
let asked = null;
let typed = 0;
let query = "";
let matches = null;
let isolated = null;
let settle = 0;
let painted = "";

const colour = (name) => style.getPropertyValue(`--series-${name}`).trim();

async function read(address, complaint, options) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error(complaint);
  return answer;
}

async function load() {
  const answer = await read(host.dataset.points, "The map could not be loaded. Reload the page or open the gallery.");
  points = readPoints(await answer.arrayBuffer());
  await paint();
  plot.on("plotly_hover", onHover);
  plot.on("plotly_unhover", hideCard);
  plot.on("plotly_click", onOpen);
  plot.on("plotly_relayout", onMoved);
  state.hidden = true;
  found.textContent = total();
}

// Names are not needed for drawing: those of a small map are loaded a few frames after the first
// paint, which is slow without a graphics card; of a large one, each is asked for when it is shown.
async function name() {
  if (!points.hasNames) {
    field.removeAttribute("aria-busy");
    return search();
  }
  for (let frame = 0; frame < FRAMES; frame += 1) await new Promise(requestAnimationFrame);
  const answer = await read(host.dataset.names, "The names could not be loaded. Reload the page to search.");
  names = readNames(await answer.json(), points);
  field.removeAttribute("aria-busy");
  search();
}

async function paint() {
  const order = clustersInView(points, plot.layout?.xaxis.range, plot.layout?.yaxis.range);
  const colours = coloursOf(order);
  drawLegend(order, colours);
  const all = styles(colour, document.getElementById("show-outliers").checked);
  const styleOf = stylesOfRows(points.clusters, colours, isHit);
  // Most moves of the view change no colour, and redrawing all points is slow.
  const picture = `${JSON.stringify(all)}${styleOf}`;
  if (picture === painted) return;
  await Plotly.react(plot, tracesOf(points, all, styleOf), plot.layout ?? points.layout, OPTIONS);
  painted = picture;
}

function isHit(row) {
  if (isolated !== null && points.clusters[row] !== isolated) return false;
  return !matches || matches.has(row);
}

function drawLegend(order, colours) {
  const hit = new Set(matches && Array.from(matches, (row) => points.clusters[row]));
  const wanted = order.filter(([cluster]) => !query || points.names[cluster].toLowerCase().includes(query) || hit.has(cluster));
  const fill = (cluster) => colour(colours.has(cluster) ? colours.get(cluster) + 1 : "rest");
  const rows = wanted.slice(0, LEGEND_ROWS).map(([cluster, n]) => legendRow(cluster, n, fill(cluster)));
  document.getElementById("legend").replaceChildren(...rows);
}

function legendRow(cluster, n, fill) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.className = "menu-item";
  button.type = "button";
  button.title = "Click to show only this cluster, double-click to open it";
  button.setAttribute("aria-pressed", String(isolated === cluster));
  button.append(dot(fill), words("ellipsis", points.names[cluster]), words("muted small push", n));
  button.addEventListener("click", () => {
    isolated = isolated === cluster ? null : cluster;
    paint();
  });
  button.addEventListener("dblclick", () => { location.href = clusterAddress(cluster); });
  item.append(button);
  return item;
}

function dot(fill) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const side of ["width", "height"]) svg.setAttribute(side, "10");
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [name, value] of Object.entries({ cx: 5, cy: 5, r: 5, fill })) circle.setAttribute(name, value);
  svg.append(circle);
  return svg;
}

function words(css, text) {
  const span = document.createElement("span");
  span.className = css;
  span.textContent = text;
  return span;
}

function onHover({ points: [hit], event }) {
  const row = hit.customdata;
  hovered = row;
  const cluster = points.names[points.clusters[row]] ?? "Outlier";
  const n = points.nDomains[row];
  document.getElementById("map-cluster").textContent = n > 1 ? `${cluster} · ${counted(n, "domain")}` : cluster;
  if (names) showLabel(names.label(row));
  else {
    showLabel(null);
    labelOf(row).then((label) => { if (hovered === row) showLabel(label); });
  }
  card.hidden = false;
  place(event);
}

function showLabel(label) {
  document.getElementById("map-name").textContent = label?.domain ?? "";
  const tile = document.getElementById("map-tile");
  tile.hidden = !label;
  if (!label) return;
  tile.dataset.ground = label.is_dark ? "dark" : "light";
  const image = document.getElementById("map-logo");
  const address = host.dataset.logo.replace("0".repeat(64), label.sha256);
  if (image.getAttribute("src") !== address) image.src = address; // loading it again would flicker
}

/** Return a promise of the label of a row, or of null; asked for once. */
function labelOf(row) {
  if (names) return Promise.resolve(names.label(row));
  if (points.hasNames) return Promise.resolve(null); // they are on their way
  if (!labels.has(row)) {
    const address = host.dataset.label.replace("/0.json", `/${points.logos[row]}.json`);
    labels.set(row, read(address, "").then((answer) => answer.json()).catch(() => { labels.delete(row); return null; }));
  }
  return labels.get(row);
}

const clusterAddress = (cluster) => host.dataset.cluster.replace(NO_UID, points.uidOf(cluster));

function place({ clientX, clientY }) {
  const box = host.getBoundingClientRect();
  const [x, y] = [clientX - box.left, clientY - box.top];
  card.style.left = `${x + 16 + card.offsetWidth > box.width ? x - 16 - card.offsetWidth : x + 16}px`;
  card.style.top = `${Math.max(8, Math.min(y + 16, box.height - card.offsetHeight - 8))}px`;
}

function hideCard() {
  hovered = null;
  card.hidden = true;
}

async function onOpen({ points: [hit] }) {
  const row = hit.customdata;
  const cluster = points.clusters[row];
  if (cluster >= 0) location.href = clusterAddress(cluster);
  else {
    const label = await labelOf(row);
    if (label) location.href = host.dataset.domain.replace("DOMAIN", label.domain);
  }
}

function onMoved() {
  hideCard();
  clearTimeout(settle);
  settle = setTimeout(paint, SETTLE_MS);
}

function zoomAt(clientX, clientY, factor) {
  const box = plot.getBoundingClientRect();
  const [fx, fy] = [(clientX - box.left) / box.width, 1 - (clientY - box.top) / box.height];
  Plotly.relayout(plot, { "xaxis.range": zoomed(plot.layout.xaxis.range, fx, factor), "yaxis.range": zoomed(plot.layout.yaxis.range, fy, factor) });
}

// Plotly's wheel zoom does not work in Safari and its pinch zoom jumps.
plot.addEventListener("wheel", (event) => {
  event.preventDefault();
  if (points) zoomAt(event.clientX, event.clientY, Math.exp(Math.max(-50, Math.min(50, event.deltaY)) / 250));
}, { passive: false });

let pinch = 0;
plot.addEventListener("touchmove", (event) => {
  if (event.touches.length !== 2 || !points) return;
  event.preventDefault();
  event.stopPropagation();
  const [a, b] = event.touches;
  const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  if (pinch) zoomAt((a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2, Math.max(SMALLEST_ZOOM, pinch / apart));
  pinch = apart;
}, { passive: false, capture: true });
plot.addEventListener("touchend", () => { pinch = 0; });

const total = () => {
  const all = counted(points.nAll, "logo");
  return points.n < points.nAll ? `${all}; a sample of ${counted(points.n, "point")} is drawn` : all;
};

function search() {
  query = field.value.trim().toLowerCase();
  asked?.abort();
  clearTimeout(typed);
  if (!points || (points.hasNames && !names)) return;
  if (!query) show(null, 0);
  else if (names) {
    const rows = new Set(names.texts.flatMap((one, row) => (one.includes(query) ? row : [])));
    show(rows, rows.size);
  } else typed = setTimeout(() => searchOnServer().catch(complain), SETTLE_MS);
}

async function searchOnServer() {
  asked = new AbortController();
  const address = new URL(host.dataset.search, location.href);
  address.searchParams.set("q", query);
  const answer = await (await read(address, "The search failed. Try again.", { signal: asked.signal })).json();
  show(rowsOf(answer.logos, points), answer.n);
}

function show(rows, n) {
  matches = rows;
  found.textContent = matches ? `${n} of ${counted(points.nAll, "logo")}` : total();
  paint();
}

function complain(error) {
  if (error.name !== "AbortError") (state.hidden ? found : state).textContent = error.message;
}

field.addEventListener("input", search);
document.getElementById("show-outliers").addEventListener("change", () => points && paint());
new MutationObserver(() => points && paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
window.addEventListener("pagehide", () => Plotly.purge(plot));
load().then(name).catch(complain);
