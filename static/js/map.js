// The map: points in the colour of their cluster, logos over them, a card at the pointer, search, selection, zoom.
import { countsInView, framed, seriesOf, styles, stylesOfRows, zoomed } from "./colours.js";
import { counted } from "./format.js";
import { isHeard, isTyping } from "./keys.js";
import { Labels } from "./map_labels.js";
import { drawLegend, NONE } from "./map_legend.js";
import { Overlay } from "./map_overlay.js";
import { PlotlyDots } from "./map_plotly.js";
import { itemsOf, rowsPicked, selectWith } from "./map_select.js";
import { Table } from "./map_table.js";
import { WebglDots } from "./map_webgl.js";
import { codesOf, hasWords, joined, readNames, readPoints, rowsOf, sameCluster, sameRows } from "./points.js";
import * as selection from "./selection.js";

const SETTLE_MS = 80; // after the last movement; logos follow
const WHEEL_SCALE = 250; // deltaY of a wheel that zooms by a factor of e
const WHEEL_STEP = Math.exp(-100 / WHEEL_SCALE); // share of the view that a turn of the wheel leaves
const TYPED_MS = 200;
const FRAMES = 3;
const SMALLEST_ZOOM = 0.8;
const NO_UID = "00000000-0000-0000-0000-000000000000";
const at = (id) => document.getElementById(id);
const host = document.querySelector(".map");
const [plot, card, field, state, found] = ["plot", "map-card", "map-search", "map-state", "map-found"].map(at);
const style = getComputedStyle(host);
const table = new Table(host);
let points = null;
let labels = null;
let mode = null; // what colours the points: {codes, fills, names, texts, isCluster, isScale}
let hovered = null;
let asked = null;
let typed = 0;
let query = "";
let matches = null;
let isolated = null;
let settle = 0;
let aim = [0.5, 0.5]; // where the last turn of the wheel was, as shares of the view
let chosen = []; // rows of the selection
let picking = 0; // the frame that will show it
let isComplete = !host.dataset.rest; // false while the second part of a large map is still to come

const colour = (name) => style.getPropertyValue(`--series-${name}`).trim();
const clusterAddress = (cluster) => host.dataset.cluster.replace(NO_UID, points.uidOf(cluster));
const isQuietShown = () => at("show-outliers").checked;

async function read(address, complaint, options) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error(complaint);
  return answer;
}

const dots = renderer();
const overlay = new Overlay(plot, dots);

/** Return what draws the dots: a map that is sent in parts is too large for Plotly. */
function renderer() {
  const on = {
    hovered: point,
    clicked: onOpen,
    moved: onMoved,
    moving: () => overlay.draw(points),
    drawn: () => points && overlay.draw(points),
  };
  try {
    return new (host.dataset.rest ? WebglDots : PlotlyDots)(plot, on);
  } catch (error) {
    state.textContent = error.message;
    throw error;
  }
}

async function part(address) {
  const answer = await read(address, "The map could not be loaded. Reload the page or open the gallery.");
  return readPoints(await answer.arrayBuffer());
}

async function load() {
  await take(await part(host.dataset.points));
  state.hidden = true;
}

// Rows keep their numbers, so what is hovered or selected stays.
async function loadRest() {
  if (!host.dataset.rest) return;
  const rest = await part(host.dataset.rest);
  isComplete = true;
  await take(joined(points, rest));
  if (query) search();
  await onPicked();
}

async function take(loaded) {
  if (points) follow(loaded);
  points = loaded;
  host.dataset.version = points.version;
  labels = new Labels(host, points);
  mode = byCluster();
  if (at("map-by").value === "cluster") await paint();
  else await recolour();
  found.textContent = total();
}

// What is found, shown alone or pointed at names rows and clusters, whose numbers may be others now.
function follow(loaded) {
  matches &&= sameRows(matches, points, loaded);
  if (mode.isCluster && isolated !== null && isolated >= 0) isolated = sameCluster(isolated, points, loaded);
  point(null);
}

// After a decision the points have other clusters; what is in view stays.
async function reload() {
  const first = await part(host.dataset.points);
  await take(host.dataset.rest ? joined(first, await part(host.dataset.rest)) : first);
  await name();
}

// Names are not needed for drawing: those of a small map are loaded a few frames after the first
// paint, which is slow without a graphics card; of a large one, each is asked for when it is shown.
async function name() {
  if (points.hasNames) {
    for (let frame = 0; frame < FRAMES; frame += 1) await new Promise(requestAnimationFrame);
  }
  settled();
  if (points.hasNames) {
    const answer = await read(host.dataset.names, "The names could not be loaded. Reload the page to search.");
    labels.names = readNames(await answer.json(), points);
  }
  field.removeAttribute("aria-busy");
  if (query) search();
  await onPicked();
}

function byCluster() {
  const fills = Array.from(points.names, (_, cluster) => seriesOf(points.uids(cluster)) - 1);
  const names = Array.from({ length: 1 + fills.reduce((most, fill) => Math.max(most, fill), 0) }, (_, place) => String(place + 1));
  return { isCluster: true, codes: points.clusters, fills, names, texts: points.names };
}

async function byValue(name) {
  const answer = await (await read(`${host.dataset.values}${host.dataset.values.includes("?") ? "&" : "?"}by=${name}`, "The colours could not be loaded. Try again.")).json();
  const fills = answer.names.map((_, place) => place);
  const kind = answer.is_scale ? "ramp-" : "";
  const isRest = answer.has_rest;
  const names = fills.map((place) => (isRest && place === fills.length - 1 ? "rest" : `${kind}${place + 1}`));
  return { isCluster: false, isScale: answer.is_scale, codes: codesOf(answer, points), fills, names, texts: answer.names };
}

async function recolour() {
  const name = at("map-by").value;
  mode = name === "cluster" ? byCluster() : await byValue(name);
  isolated = null;
  await paint();
}

async function paint() {
  const all = styles(mode.names, colour, isQuietShown());
  const styleOf = stylesOfRows(mode, isHit);
  showLegend();
  await dots.draw(points, all, styleOf);
}

const isHit = (row) => (isolated === null || mode.codes[row] === isolated) && (!matches || matches.has(row));
const isShown = (row) => isHit(row) && (mode.codes[row] >= 0 || isQuietShown());

function showLegend() {
  const [x, y] = dots.isDrawn ? dots.view().ranges : [];
  const order = countsInView(mode.codes, points, x, y, mode.isCluster ? 0 : -1);
  order.sort(([a], [b]) => (a < 0) - (b < 0) || (mode.isScale ? a - b : 0));
  const hit = new Set(matches && Array.from(matches, (row) => mode.codes[row]));
  const rows = order.filter(([code]) => !query || (mode.texts[code] ?? NONE).toLowerCase().includes(query) || hit.has(code));
  const selected = new Map();
  for (const row of chosen) selected.set(mode.codes[row], (selected.get(mode.codes[row]) ?? 0) + points.nDomains[row]);
  drawLegend(at("legend"), { rows, mode, colour, isolated, selected }, {
    isolate: (code) => { isolated = isolated === code ? null : code; paint().then(settled); },
    open: (cluster) => { location.href = clusterAddress(cluster); },
  });
}

function point(row, event) {
  hovered = row;
  card.hidden = row === null;
  if (row === null) return;
  const cluster = points.names[points.clusters[row]] ?? "Outlier";
  const n = points.nDomains[row];
  at("map-cluster").textContent = n > 1 ? `${cluster} · ${counted(n, "domain")}` : cluster;
  showLabel({ domain: labels.domain(row) });
  place(event);
  labels.of([row]).then(([label]) => {
    if (!label || hovered !== row) return;
    showLabel(label);
    place(event); // with its logo the card is higher
  });
}

function showLabel({ domain, is_dark, picture }) {
  at("map-name").textContent = domain;
  const tile = at("map-tile");
  tile.hidden = !picture;
  if (!picture) return;
  tile.dataset.ground = is_dark ? "dark" : "light";
  const image = at("map-logo");
  if (image.getAttribute("src") !== picture) image.src = picture; // loading it again would flicker
}

function place({ clientX, clientY }) {
  const box = host.getBoundingClientRect();
  const [x, y] = [clientX - box.left, clientY - box.top];
  card.style.left = `${x + 16 + card.offsetWidth > box.width ? x - 16 - card.offsetWidth : x + 16}px`;
  card.style.top = `${Math.max(8, Math.min(y + 16, box.height - card.offsetHeight - 8))}px`;
}

async function onOpen(row, event) {
  if (event?.ctrlKey || event?.metaKey || event?.shiftKey) return toggle(row);
  const cluster = points.clusters[row];
  if (cluster >= 0) location.href = clusterAddress(cluster);
  else {
    const [label] = await labels.of([row]);
    if (label) location.href = host.dataset.domain.replace("DOMAIN", label.domain);
  }
}

function toggle(row) {
  if (row !== null) selection.pick(itemsOf(points, [row]), !chosen.includes(row));
}

function onMoved() {
  point(null);
  overlay.draw(points);
  clearTimeout(settle);
  settle = setTimeout(settled, SETTLE_MS);
}

async function settled() {
  showLegend();
  if (table.isOpen) showTable(true);
  if (!at("show-logos").checked) return overlay.show([], points);
  const order = countsInView(points.clusters, points, ...dots.view().ranges);
  const what = { points, order, isShown, labels, hasNames: true };
  if (!(await overlay.choose(what))) return;
  const { ranges: [x, y] } = dots.view();
  overlay.foresee(what, [zoomed(x, aim[0], WHEEL_STEP), zoomed(y, aim[1], WHEEL_STEP)]);
}

// Words that only the server reads, such as all outliers with a text, are asked for.
async function onPicked() {
  if (!points) return;
  const words = selection.sent().split(" ").filter(Boolean);
  chosen = rowsPicked(words, points) ?? await rowsOnServer(words);
  overlay.rows = chosen;
  overlay.draw(points);
  at("map-count").textContent = chosen.length ? `${counted(chosen.length, "logo")} selected` : "";
  showLegend();
  if (table.isOpen) showTable();
}

async function rowsOnServer(words) {
  const body = new URLSearchParams({ pick: words.join(" ") });
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  const answer = await fetch(host.dataset.picked, { method: "POST", body, headers });
  return answer.ok ? [...rowsOf((await answer.json()).logos, points)] : [];
}

function showTable(isNew = false) {
  const [[left, right], [low, high]] = dots.view().ranges;
  const isIn = (row) => points.x[row] >= left && points.x[row] <= right && points.y[row] >= low && points.y[row] <= high && isShown(row);
  const rows = chosen.length ? chosen : Array.from({ length: points.n }, (_, row) => row).filter(isIn);
  table.show({ points, rows, labels, title: chosen.length ? "Selection" : "In view" }, isNew);
}

/** Show what the address names: a cluster (#c3), a logo (#p12), or the selection (#picked). */
async function followAddress() {
  if (location.hash.startsWith("#q=")) {
    field.value = decodeURIComponent(location.hash.slice(3));
    return search();
  }
  const [, kind, text] = /^#(picked|c|p)(\d*)$/.exec(location.hash) ?? [];
  const number = Number(text);
  const isWanted = { c: (row) => points.numbers[points.clusters[row]] === number, p: (row) => points.logos[row] === number }[kind];
  const rows = isWanted ? Array.from({ length: points.n }, (_, row) => row).filter(isWanted) : kind ? chosen : [];
  if (!rows.length) return;
  await dots.show(...framed(points, rows, dots.view().shape));
  overlay.point(rows, points);
}

function zoomAt(clientX, clientY, factor) {
  const box = plot.getBoundingClientRect();
  const [fx, fy] = [(clientX - box.left) / box.width, 1 - (clientY - box.top) / box.height];
  const [x, y] = dots.view().ranges;
  aim = [fx, fy];
  dots.show(zoomed(x, fx, factor), zoomed(y, fy, factor));
}

const stage = at("map-stage");
// Plotly's wheel zoom does not work in Safari and its pinch zoom jumps.
stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  if (points) zoomAt(event.clientX, event.clientY, Math.exp(Math.max(-50, Math.min(50, event.deltaY)) / WHEEL_SCALE));
}, { passive: false });

let pinch = 0;
stage.addEventListener("touchmove", (event) => {
  if (event.touches.length !== 2 || !points) return;
  event.preventDefault();
  event.stopPropagation();
  const [a, b] = event.touches;
  const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  if (pinch) zoomAt((a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2, Math.max(SMALLEST_ZOOM, pinch / apart));
  pinch = apart;
}, { passive: false, capture: true });
stage.addEventListener("touchend", () => { pinch = 0; });

const total = () => {
  const drawn = counted(points.n, "logo");
  if (!isComplete) return `${drawn}, more are loading`;
  return host.dataset.sample ? `A sample of ${drawn} is drawn` : drawn;
};

function search() {
  query = field.value.trim().toLowerCase();
  asked?.abort();
  clearTimeout(typed);
  if (!points || (points.hasNames && !labels.names)) return;
  if (!query) show(null, 0);
  else if (labels.names) {
    const rows = new Set(labels.names.texts.flatMap((one, row) => (hasWords(one, query, labels.names.words[row]) ? row : [])));
    show(rows, rows.size);
  } else typed = setTimeout(() => searchOnServer().catch(complain), TYPED_MS);
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
  const isAll = isComplete && !host.dataset.sample;
  found.textContent = matches ? `${n}${isAll ? ` of ${counted(points.n, "logo")}` : " found"}` : total();
  at("pick-found").hidden = !matches?.size || !at("actions");
  paint().then(settled);
}

function complain(error) {
  if (error.name !== "AbortError") (state.hidden ? found : state).textContent = error.message;
}

const tools = selectWith(dots, {
  points: () => points,
  isShown,
  pointed: (row, event) => row !== hovered && point(row, event),
  drawn: (line) => { overlay.line = line; overlay.draw(points); },
  toggled: toggle,
  picked: (rows, isOn) => selection.pick(itemsOf(points, rows), isOn),
});

function onKey(event) {
  if (!isTyping(event.target) && isHeard(event) && tools.use(event.key)) event.preventDefault();
}

field.addEventListener("input", search);
at("pick-found").addEventListener("click", () => selection.pick(itemsOf(points, matches)));
at("show-outliers").addEventListener("change", () => points && paint().then(settled));
at("show-logos").addEventListener("change", () => points && settled());
at("map-by").addEventListener("change", () => points && recolour().catch(complain));
at("show-table").addEventListener("click", (event) => {
  table.area.hidden = !table.area.hidden;
  event.currentTarget.setAttribute("aria-pressed", String(table.isOpen));
  if (table.isOpen && points) showTable(true);
});
document.addEventListener("keydown", onKey);
document.addEventListener("picked", () => {
  cancelAnimationFrame(picking);
  picking = requestAnimationFrame(() => setTimeout(onPicked)); // after the action bar is painted
});
document.body.addEventListener("corrected", () => reload().catch(complain));
new MutationObserver(() => points && paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
load().then(name).then(loadRest).then(followAddress).catch(complain);
