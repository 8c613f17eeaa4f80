// The map: colours for the largest clusters in view, a card at the pointer, search, zoom.
import { clustersInView, coloursOf, styles, stylesOfRows, zoomed } from "./colours.js";
import { counted } from "./format.js";
import { readNames, readPoints, tracesOf } from "./points.js";

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
let query = "";
let matches = null;
let isolated = null;
let settle = 0;
let painted = "";

const colour = (name) => style.getPropertyValue(`--series-${name}`).trim();

async function read(address, complaint) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(complaint);
  return answer.json();
}

async function load() {
  points = readPoints(await read(host.dataset.points, "The map could not be loaded. Reload the page or open the gallery."));
  await paint();
  plot.on("plotly_hover", onHover);
  plot.on("plotly_unhover", hideCard);
  plot.on("plotly_click", onOpen);
  plot.on("plotly_relayout", onMoved);
  state.hidden = true;
  found.textContent = counted(points.n, "logo");
}

// Names are two thirds of the bytes and not needed for drawing: they are loaded a few frames after
// the first paint, which is slow without a graphics card.
async function name() {
  for (let frame = 0; frame < FRAMES; frame += 1) await new Promise(requestAnimationFrame);
  names = readNames(await read(host.dataset.names, "The names could not be loaded. Reload the page to search."), points);
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
  const cluster = points.names[points.clusters[row]] ?? "Outlier";
  const n = points.nDomains[row];
  showLogo(names?.look(row));
  document.getElementById("map-name").textContent = domainOf(row);
  document.getElementById("map-cluster").textContent = n > 1 ? `${cluster} · ${counted(n, "domain")}` : cluster;
  card.hidden = false;
  place(event);
}

function showLogo(look) {
  const tile = document.getElementById("map-tile");
  tile.hidden = !look;
  if (!look) return;
  tile.dataset.ground = look.ground;
  const image = document.getElementById("map-logo");
  const address = host.dataset.logo.replace("0".repeat(64), look.sha256);
  if (image.getAttribute("src") !== address) image.src = address; // loading it again would flicker
}

const domainOf = (row) => names?.texts[row].split("\n", 1)[0] ?? "";
const clusterAddress = (cluster) => host.dataset.cluster.replace(NO_UID, points.uids[cluster]);

function place({ clientX, clientY }) {
  const box = host.getBoundingClientRect();
  const [x, y] = [clientX - box.left, clientY - box.top];
  card.style.left = `${x + 16 + card.offsetWidth > box.width ? x - 16 - card.offsetWidth : x + 16}px`;
  card.style.top = `${Math.max(8, Math.min(y + 16, box.height - card.offsetHeight - 8))}px`;
}

function hideCard() {
  card.hidden = true;
}

function onOpen({ points: [hit] }) {
  const row = hit.customdata;
  const cluster = points.clusters[row];
  if (cluster >= 0) location.href = clusterAddress(cluster);
  else if (domainOf(row)) location.href = host.dataset.domain.replace("DOMAIN", domainOf(row));
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

function search() {
  query = field.value.trim().toLowerCase();
  if (!names) return;
  matches = query ? new Set(rowsWith(query)) : null;
  const every = counted(points.n, "logo");
  found.textContent = matches ? `${matches.size} of ${every}` : every;
  paint();
}

const rowsWith = (text) => names.texts.flatMap((one, row) => (one.includes(text) ? row : []));

field.addEventListener("input", search);
document.getElementById("show-outliers").addEventListener("change", () => points && paint());
new MutationObserver(() => points && paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
window.addEventListener("pagehide", () => Plotly.purge(plot));
load().then(name).catch((error) => { (state.hidden ? found : state).textContent = error.message; });
