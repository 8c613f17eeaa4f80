// The map: colours for the largest clusters in view, a card at the pointer, search, zoom.

const N_COLOURS = 12;
const THIN_SPACE = "\u2009";
const SETTLE_MS = 200;
const FADED = 0.12;
const SHOWN = 0.9;
const SMALLEST_ZOOM = 0.8;
const host = document.querySelector(".map");
const plot = document.getElementById("plot");
const card = document.getElementById("map-card");
const style = getComputedStyle(host);
const field = document.getElementById("map-search");
let points = null;
let query = "";
let isolated = null;
let settle = 0;

const rowsOf = (trace) => trace.customdata;
const typed = (bytes, Type) => new Type(Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)).buffer);
const colour = (name) => style.getPropertyValue(`--series-${name}`).trim();

async function load() {
  const answer = await fetch(host.dataset.points);
  if (!answer.ok) throw new Error("The map did not load. Reload the page, or open the gallery.");
  points = await answer.json();
  points.clusters = typed(points.clusters, Int32Array);
  points.text = points.domains.map((names) => names.join("\n"));
  const { data, layout } = points.figure;
  await Plotly.newPlot(plot, data, layout, { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: "reset" });
  decode();
  plot.on("plotly_hover", onHover);
  plot.on("plotly_unhover", hideCard);
  plot.on("plotly_click", onOpen);
  plot.on("plotly_relayout", onMoved);
  document.getElementById("map-state").hidden = true;
  search();
}

// Plotly keeps its decoded copies in _fullData; the page reads columns from its own.
function decode() {
  const types = { f4: Float32Array, f8: Float64Array, i4: Int32Array, i2: Int16Array, i1: Int8Array, u1: Uint8Array, u2: Uint16Array };
  points.traces = points.figure.data.map((trace) => {
    const column = (value) => (value?.bdata ? typed(value.bdata, types[value.dtype]) : value);
    return { x: column(trace.x), y: column(trace.y), customdata: column(trace.customdata) };
  });
}

function inView() {
  const [[left, right], [low, high]] = [plot.layout.xaxis.range, plot.layout.yaxis.range];
  const counts = new Map();
  for (const trace of points.traces) {
    rowsOf(trace).forEach((row, i) => {
      const cluster = points.clusters[row];
      if (cluster < 0 || trace.x[i] < left || trace.x[i] > right || trace.y[i] < low || trace.y[i] > high) return;
      counts.set(cluster, (counts.get(cluster) || 0) + points.domains[row].length);
    });
  }
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
}

function paint() {
  const order = inView();
  const colours = new Map(order.slice(0, N_COLOURS).map(([cluster], place) => [cluster, colour(place + 1)]));
  const [rest, outlier] = [colour("rest"), colour("outlier")];
  const isOutlierShown = document.getElementById("show-outliers").checked;
  const paints = points.traces.map((trace) => Array.from(rowsOf(trace), (row) => {
    const cluster = points.clusters[row];
    return cluster < 0 ? outlier : colours.get(cluster) || rest;
  }));
  const alphas = points.traces.map((trace) => Array.from(rowsOf(trace), (row) => {
    if (points.clusters[row] < 0 && !isOutlierShown) return 0;
    return isHit(row) ? SHOWN : FADED;
  }));
  Plotly.restyle(plot, { "marker.color": paints, "marker.opacity": alphas, "marker.line.color": colour("ring") });
  drawLegend(order, colours, rest);
}

function isHit(row) {
  if (isolated !== null && points.clusters[row] !== isolated) return false;
  return !query || points.text[row].includes(query);
}

function drawLegend(order, colours, rest) {
  const wanted = order.filter(([cluster]) => !query || points.legend[cluster].name.toLowerCase().includes(query) || hasHit(cluster));
  const rows = wanted.slice(0, 200).map(([cluster, n]) => legendRow(cluster, n, colours.get(cluster) || rest));
  document.getElementById("legend").replaceChildren(...rows);
}

const hasHit = (cluster) => points.text.some((text, row) => points.clusters[row] === cluster && text.includes(query));

function legendRow(cluster, n, fill) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.className = "menu-item";
  button.type = "button";
  button.title = "Show only this cluster; twice opens it";
  button.setAttribute("aria-pressed", String(isolated === cluster));
  button.append(dot(fill), words("ellipsis", points.legend[cluster].name), words("muted small push", n));
  button.addEventListener("click", () => {
    isolated = isolated === cluster ? null : cluster;
    paint();
  });
  button.addEventListener("dblclick", () => { location.href = points.legend[cluster].url; });
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
  const names = points.domains[row];
  const cluster = points.legend[points.clusters[row]];
  const logo = document.getElementById("map-logo");
  logo.src = host.dataset.logo.replace("0".repeat(64), points.logos[row]);
  document.getElementById("map-tile").dataset.ground = points.grounds[row];
  document.getElementById("map-name").textContent = names[0];
  document.getElementById("map-cluster").textContent = `${cluster ? cluster.name : "Outlier"}${names.length > 1 ? ` · ${counted(names.length, "domain")}` : ""}`;
  card.hidden = false;
  place(event);
}

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
  const cluster = points.legend[points.clusters[row]];
  location.href = cluster ? cluster.url : host.dataset.domain.replace("DOMAIN", points.domains[row][0]);
}

function onMoved() {
  hideCard();
  clearTimeout(settle);
  settle = setTimeout(paint, SETTLE_MS);
}

function zoomAt(clientX, clientY, factor) {
  const box = plot.getBoundingClientRect();
  const [fx, fy] = [(clientX - box.left) / box.width, 1 - (clientY - box.top) / box.height];
  const zoom = ([low, high], at) => {
    const centre = low + (high - low) * at;
    return [centre - (centre - low) * factor, centre + (high - centre) * factor];
  };
  Plotly.relayout(plot, { "xaxis.range": zoom(plot.layout.xaxis.range, fx), "yaxis.range": zoom(plot.layout.yaxis.range, fy) });
}

// Safari ignores Plotly's own wheel zoom, and its pinch jumps; both are done here.
plot.addEventListener("wheel", (event) => {
  event.preventDefault();
  if (points?.traces) zoomAt(event.clientX, event.clientY, Math.exp(Math.max(-50, Math.min(50, event.deltaY)) / 250));
}, { passive: false });

let pinch = 0;
plot.addEventListener("touchmove", (event) => {
  if (event.touches.length !== 2 || !points?.traces) return;
  event.preventDefault();
  event.stopPropagation();
  const [a, b] = event.touches;
  const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  if (pinch) zoomAt((a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2, Math.max(SMALLEST_ZOOM, pinch / apart));
  pinch = apart;
}, { passive: false, capture: true });
plot.addEventListener("touchend", () => { pinch = 0; });

const counted = (n, noun) => `${String(n).replace(/\B(?=(\d{3})+$)/g, THIN_SPACE)} ${noun}${n === 1 ? "" : "s"}`;

function search() {
  query = field.value.trim().toLowerCase();
  if (!points?.traces) return;
  const n = points.text.filter((text) => text.includes(query)).length;
  const every = counted(points.text.length, "logo");
  document.getElementById("map-found").textContent = query ? `${n} of ${every}` : every;
  paint();
}

field.addEventListener("input", search);
document.getElementById("show-outliers").addEventListener("change", () => points?.traces && paint());
new MutationObserver(() => points?.traces && paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
window.addEventListener("pagehide", () => Plotly.purge(plot));
load().catch((error) => { document.getElementById("map-state").textContent = error.message; });
