// What lies over the points: rings around the selected ones, the line of the lasso, and logos that do not overlap.
import { apart } from "./landmarks.js";
import { viewOf } from "./map_view.js";

const MOST_LANDMARKS = 40;
const MOST_LOGOS = 150;
const FEW_POINTS = 300; // in view: then each is shown by its logo
const MOST_RINGS = 4000;
const CAPTION = { width: 92, height: 20 };
const LANDMARK_PX = 44;
const LOGO_PX = 34;
const PULSE_MS = 1800;

export class Overlay {
  /** `plot` is the element, `dots` what draws in it. */
  constructor(plot, dots) {
    [this.plot, this.dots] = [plot, dots];
    this.canvas = document.getElementById("map-rings");
    this.list = document.getElementById("map-landmarks");
    this.shown = new Map(); // by row: {element, point}
    this.turn = 0; // how often logos were chosen
    this.rows = [];
    this.line = [];
    this.pulse = { rows: [], until: 0 };
  }

  /** Draw rings, line and logos where their points are now. */
  draw(points) {
    const { canvas, plot } = this;
    const view = this.dots.view();
    const scale = devicePixelRatio;
    const [width, height] = [plot.clientWidth, plot.clientHeight];
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    }
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.strokeStyle = context.fillStyle = getComputedStyle(canvas).color;
    context.lineWidth = 2;
    this.drawRings(context, points, view);
    this.drawLine(context);
    for (const [row, element] of this.shown) move(element, view.x(points.x[row]), view.y(points.y[row]));
  }

  drawRings(context, points, view) {
    const isMany = this.rows.length > MOST_RINGS;
    context.beginPath();
    for (const row of this.rows) {
      const [x, y, radius] = [view.x(points.x[row]), view.y(points.y[row]), points.sizes[row] / 2 + 2];
      if (isMany) context.rect(x - 2, y - 2, 4, 4);
      else {
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
    }
    if (isMany) context.fill();
    else context.stroke();
    const left = this.pulse.until - performance.now();
    if (left <= 0) return;
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const grown = isStill ? 12 : 6 + 18 * Math.abs(Math.sin((3 * Math.PI * left) / PULSE_MS));
    context.beginPath();
    for (const row of this.pulse.rows) {
      const [x, y] = [view.x(points.x[row]), view.y(points.y[row])];
      context.moveTo(x + grown, y);
      context.arc(x, y, grown, 0, 2 * Math.PI);
    }
    context.stroke();
    requestAnimationFrame(() => this.draw(points));
  }

  drawLine(context) {
    if (this.line.length < 2) return;
    context.beginPath();
    this.line.forEach(([x, y], at) => (at ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
    context.stroke();
    context.globalAlpha = 0.12;
    context.fill();
    context.globalAlpha = 1;
  }

  /** Point at rows for a moment. */
  point(rows, points) {
    this.pulse = { rows: rows.slice(0, MOST_LANDMARKS), until: performance.now() + PULSE_MS };
    this.draw(points);
  }

  /** Choose the logos to show in the view anew: of medoids, and of single points where there are few. False if the view moved meanwhile. */
  async choose({ points, labels, ...what }) {
    const placed = this.placed({ points, ...what }, this.dots.view());
    this.turn += 1;
    const turn = this.turn;
    const found = await labels.of(placed.map((one) => one.row));
    if (turn !== this.turn) return false;
    this.show(placed.map((one, at) => ({ ...one, label: found[at] })).filter((one) => one.label), points);
    return true;
  }

  /** Load what `choose` would show in a view of these ranges. */
  foresee({ points, labels, ...what }, ranges) {
    const view = viewOf(ranges, [this.plot.clientWidth, this.plot.clientHeight]);
    labels.of(this.placed({ points, ...what }, view).map((one) => one.row));
  }

  placed({ points, order, isShown, hasNames }, view) {
    const [[left, right], [low, high]] = view.ranges;
    const isIn = (row) => row >= 0 && points.x[row] >= left && points.x[row] <= right && points.y[row] >= low && points.y[row] <= high && isShown(row);
    const medoids = order.map(([cluster]) => points.medoids[cluster]).filter(isIn);
    const boxes = medoids.map((row) => box(points, row, view, hasNames));
    let most = MOST_LANDMARKS;
    const inView = [];
    for (let row = 0; row < points.n && inView.length <= FEW_POINTS; row += 1) if (isIn(row)) inView.push(row);
    if (inView.length <= FEW_POINTS) {
      most = MOST_LOGOS;
      const others = new Set(medoids);
      const singles = inView.filter((row) => !others.has(row)).sort((a, b) => points.nDomains[b] - points.nDomains[a]);
      boxes.push(...singles.map((row) => box(points, row, view, false)));
    }
    return apart(boxes, most, { width: this.plot.clientWidth, height: this.plot.clientHeight });
  }

  show(chosen, points) {
    const before = this.shown;
    this.shown = new Map();
    for (const one of chosen) this.shown.set(one.row, before.get(one.row) ?? this.element(one));
    for (const one of chosen) {
      const caption = this.shown.get(one.row).querySelector("figcaption");
      caption.textContent = one.caption;
      caption.hidden = !one.caption;
    }
    this.list.replaceChildren(...this.shown.values());
    this.draw(points);
  }

  element({ label, side }) {
    const figure = document.createElement("figure");
    figure.className = "landmark";
    const tile = Object.assign(document.createElement("span"), { className: "tile" });
    tile.dataset.ground = label.is_dark ? "dark" : "light";
    tile.style.width = `${side}px`;
    if (label.picture) tile.append(Object.assign(new Image(), { src: label.picture, alt: "" }));
    figure.append(tile, document.createElement("figcaption"));
    return figure;
  }
}

function box(points, row, view, hasCaption) {
  const side = hasCaption ? LANDMARK_PX : LOGO_PX;
  const cluster = points.clusters[row];
  const size = hasCaption ? { width: CAPTION.width, height: side + CAPTION.height } : { width: side + 4, height: side + 4 };
  return { row, side, x: view.x(points.x[row]), y: view.y(points.y[row]), caption: hasCaption && cluster >= 0 ? points.names[cluster] : "", ...size };
}

function move(element, x, y) {
  element.style.transform = `translate(${x}px, ${y}px)`;
}
