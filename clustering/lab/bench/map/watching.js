// Runs in the map's page before its own scripts: notes when what happened, on the page's clock.

window.bench = { redrawnAt: 0, pointedAt: 0, cardAt: 0, releasedAt: 0, barAt: 0, turnedAt: 0, logosAt: 0, nLogos: 0 };

const painted = (note) => requestAnimationFrame(() => setTimeout(note));

// Reading back waits until the graphics card has drawn everything.
function covered() {
  const { width, height } = document.getElementById("plot").getBoundingClientRect();
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  for (const canvas of document.querySelectorAll("#plot canvas")) copy.drawImage(canvas, 0, 0, width, height);
  const { data } = copy.getImageData(0, 0, width, height);
  const spots = [];
  for (let at = 3; at < data.length; at += 4) {
    if (data[at] > 128) spots.push([((at - 3) / 4) % width, Math.floor((at - 3) / 4 / width)]);
  }
  return spots;
}

function drawn() {
  const spots = covered();
  if (!spots.length) return void requestAnimationFrame(drawn);
  window.bench.drawnAt = performance.now();
  window.bench.nPixels = spots.length;
  window.bench.spotAt = (share) => spots[Math.floor(share * spots.length)];
  const note = () => { window.bench.redrawnAt = performance.now(); };
  const plot = document.getElementById("plot");
  if (plot.on) return void plot.on("plotly_afterplot", note);
  const { drawElements } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.drawElements = function (...call) { note(); return drawElements.apply(this, call); };
}

// The logos of the view since the last turn of the wheel: drawn once each picture is there.
function showing(turnedAt) {
  const images = [...document.querySelectorAll("#map-landmarks img")];
  if (window.bench.turnedAt !== turnedAt) return;
  if (!images.every((image) => image.complete)) return void requestAnimationFrame(() => showing(turnedAt));
  painted(() => {
    if (window.bench.turnedAt !== turnedAt) return;
    window.bench.nLogos = images.filter((image) => image.naturalWidth).length;
    window.bench.logosAt = performance.now();
  });
}

function look(changes) {
  const state = document.getElementById("map-state");
  if (state?.hidden && !("isWaiting" in window.bench)) {
    window.bench.isWaiting = true;
    requestAnimationFrame(drawn);
  }
  const field = document.getElementById("map-search");
  if (!window.bench.namedAt && window.bench.isWaiting && field && !field.hasAttribute("aria-busy")) window.bench.namedAt = performance.now();
  const isWhole = /(logos|drawn)$/.test(document.getElementById("map-found")?.textContent ?? "");
  if (!window.bench.completeAt && isWhole) window.bench.completeAt = performance.now();
  const card = document.getElementById("map-card");
  if (card && !card.hidden && !window.bench.cardAt) window.bench.cardAt = performance.now();
  if (changes.some((one) => one.attributeName === "data-open" && one.target.hasAttribute("data-open"))) painted(() => { window.bench.barAt = performance.now(); });
  if (changes.some((one) => one.type === "childList" && one.target.id === "map-landmarks")) showing(window.bench.turnedAt);
}

new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ["hidden", "aria-busy", "data-open"] });
addEventListener("mousemove", () => { window.bench.pointedAt ||= performance.now(); }, { capture: true });
addEventListener("pointerup", (event) => { window.bench.releasedAt = event.timeStamp; }, { capture: true });
addEventListener("wheel", (event) => { Object.assign(window.bench, { turnedAt: event.timeStamp, logosAt: 0 }); }, { capture: true, passive: true });
