// Draws the dots of a large map by WebGL: one buffer of points, one call for each style.
import { nearest } from "./lasso.js";
import { viewOf } from "./map_view.js";

const MARGIN = 1.06; // of the first view, to the extent of the points
const FEW = 100_000; // points that are drawn in their full size in the first view
const SMALLEST = 0.35; // of the full size
const REACH_PX = 12;
const CLICK_PX = 5;
const MAX_PIXEL_RATIO = 2; // more is slow and not visible
const NO_WEBGL = "This browser has no WebGL 2, which a map of this size needs. The gallery shows the same clusters.";

const VERTEX = `#version 300 es
uniform vec2 centre;
uniform vec2 extent;
uniform float scale;
in vec2 place;
in float size;
out float diameter;
void main() {
  diameter = max(2.0, size * scale);
  gl_Position = vec4(2.0 * (place - centre) / extent, 0.0, 1.0);
  gl_PointSize = diameter + 2.0;
}`;
const FRAGMENT = `#version 300 es
precision mediump float;
uniform vec4 fill;
uniform vec3 ring;
in float diameter;
out vec4 pixel;
void main() {
  float away = distance(gl_PointCoord, vec2(0.5)) * (diameter + 2.0);
  float cover = clamp(0.5 * diameter - away + 0.5, 0.0, 1.0);
  if (cover == 0.0) discard;
  float line = min(1.0, diameter / 8.0);
  vec3 colour = mix(fill.rgb, ring, clamp(away - 0.5 * diameter + line + 0.5, 0.0, 1.0));
  pixel = vec4(colour, 1.0) * fill.a * cover;
}`;

export class WebglDots {
  /** Draw in `plot`; `on` has hovered(row, event), clicked(row, event), moved(), moving(), drawn(). */
  constructor(plot, on) {
    [this.plot, this.on, this.points, this.drag, this.hovered, this.isWhole] = [plot, on, null, null, null, true];
    this.canvas = document.createElement("canvas");
    this.canvas.className = "map-dots";
    plot.append(this.canvas);
    // Kept, so that a picture of the page shows the map.
    this.gl = this.canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: true });
    if (!this.gl) throw new Error(NO_WEBGL);
    this.prepare();
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => { this.prepare(); this.load(); this.render(); });
    new ResizeObserver(() => this.points && this.resize()).observe(plot);
    this.listen();
  }

  get isDrawn() {
    return Boolean(this.points);
  }

  view() {
    const [halfX, halfY] = [(this.perPixel * this.width) / 2, (this.perPixel * this.height) / 2];
    const [x, y] = this.centre;
    return viewOf([[x - halfX, x + halfX], [y - halfY, y + halfY]], [this.width, this.height]);
  }

  /** Draw points, each by its style; those of the last styles lie above. */
  async draw(points, styles, styleOf) {
    const isNew = this.points !== points;
    Object.assign(this, { points, styles, styleOf });
    if (isNew && this.isWhole) this.fit(); // the second part may reach further than the first
    if (isNew) this.loadPoints();
    this.loadOrder();
    this.render();
  }

  async show([left, right], [low, high]) {
    this.centre = [(left + right) / 2, (low + high) / 2];
    this.perPixel = Math.max((right - left) / this.width, (high - low) / this.height);
    this.isWhole = false;
    this.schedule();
    this.on.moved();
  }

  fit() {
    [this.width, this.height] = [this.plot.clientWidth, this.plot.clientHeight];
    const [[left, right], [low, high]] = [this.points.x, this.points.y].map(ends);
    this.centre = [(left + right) / 2, (low + high) / 2];
    this.perPixel = MARGIN * Math.max((right - left) / this.width, (high - low) / this.height, 1e-9);
    this.fitted = this.perPixel;
    this.isWhole = true;
  }

  resize() {
    [this.width, this.height] = [this.plot.clientWidth, this.plot.clientHeight];
    this.render();
    this.on.moved();
  }

  prepare() {
    const { gl } = this;
    this.program = program(gl);
    this.uniforms = Object.fromEntries(["centre", "extent", "scale", "fill", "ring"].map((name) => [name, gl.getUniformLocation(this.program, name)]));
    gl.useProgram(this.program);
    this.buffers = { place: gl.createBuffer(), size: gl.createBuffer(), order: gl.createBuffer() };
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  load() {
    if (!this.points) return;
    this.loadPoints();
    this.loadOrder();
  }

  loadPoints() {
    const { gl, points } = this;
    const places = new Float32Array(2 * points.n);
    for (let row = 0; row < points.n; row += 1) [places[2 * row], places[2 * row + 1]] = [points.x[row], points.y[row]];
    const attribute = (name, values, width, kind) => {
      const at = gl.getAttribLocation(this.program, name);
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
      gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, width, kind, false, 0, 0);
    };
    attribute("place", places, 2, gl.FLOAT);
    attribute("size", Uint8Array.from(points.sizes), 1, gl.UNSIGNED_BYTE);
  }

  loadOrder() {
    const { gl } = this;
    const { order, starts } = sortedByStyle(this.styleOf, this.styles.length);
    this.starts = starts;
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.buffers.order);
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, order, gl.DYNAMIC_DRAW);
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => this.render());
  }

  render() {
    this.frame = null;
    const { gl, canvas, uniforms } = this;
    const ratio = Math.min(MAX_PIXEL_RATIO, devicePixelRatio);
    const size = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (canvas.width !== size[0] || canvas.height !== size[1]) [canvas.width, canvas.height] = size;
    gl.viewport(0, 0, ...size);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(uniforms.centre, ...this.centre);
    gl.uniform2f(uniforms.extent, this.perPixel * this.width, this.perPixel * this.height);
    this.styles.forEach((style, at) => {
      const n = this.starts[at + 1] - this.starts[at];
      if (!n || !style.opacity) return;
      gl.uniform4f(uniforms.fill, ...rgb(style.color), style.opacity);
      gl.uniform3f(uniforms.ring, ...rgb(style.ring));
      gl.uniform1f(uniforms.scale, style.scale * ratio * sizeAt(this.points.n, this.fitted / this.perPixel));
      gl.drawElements(gl.POINTS, n, gl.UNSIGNED_INT, 4 * this.starts[at]);
    });
    this.on.drawn();
  }

  listen() {
    const { canvas, on } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (!event.isPrimary) this.drag = null; // a pinch
      else if (event.button === 0 && this.points) {
        canvas.setPointerCapture(event.pointerId);
        this.drag = { from: place(event), centre: this.centre, isMoved: false };
      }
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.drag && event.isPrimary) this.pan(place(event));
      else this.hover(event);
    });
    canvas.addEventListener("pointerup", (event) => {
      const { drag } = this;
      this.drag = null;
      if (drag?.isMoved) return on.moved();
      const row = drag ? this.under(event) : null;
      if (row !== null) on.clicked(row, event);
    });
    canvas.addEventListener("pointercancel", () => { this.drag = null; });
    canvas.addEventListener("pointerleave", () => { this.hovered = null; on.hovered(null); });
    canvas.addEventListener("dblclick", () => {
      if (!this.points) return;
      this.fit();
      this.render();
      on.moved();
    });
  }

  pan([x, y]) {
    const [dx, dy] = [x - this.drag.from[0], y - this.drag.from[1]];
    if (!this.drag.isMoved && Math.hypot(dx, dy) < CLICK_PX) return;
    this.drag.isMoved = true;
    this.isWhole = false;
    const [left, low] = this.drag.centre;
    this.centre = [left - dx * this.perPixel, low + dy * this.perPixel];
    this.hovered = null;
    this.on.hovered(null);
    this.schedule();
  }

  hover(event) {
    const row = this.points ? this.under(event) : null;
    if (row === this.hovered) return;
    this.hovered = row;
    this.on.hovered(row, event);
  }

  under(event) {
    const reach = REACH_PX * this.perPixel;
    return nearest(this.points, this.view().place(...place(event)), [reach, reach], (row) => this.styles[this.styleOf[row]].opacity > 0);
  }
}

const place = (event) => [event.offsetX, event.offsetY];

/** Return the share of their full size that points are drawn in: less if there are many, more when zoomed in. */
export function sizeAt(n, zoom) {
  return Math.min(1, Math.max(SMALLEST, Math.sqrt((FEW * zoom) / Math.max(1, n))));
}

/** Return the rows in the order of their styles, and where each style starts, with the end of the last. */
export function sortedByStyle(styleOf, nStyles) {
  const starts = new Uint32Array(nStyles + 1);
  for (const style of styleOf) starts[style + 1] += 1;
  for (let at = 1; at <= nStyles; at += 1) starts[at] += starts[at - 1];
  const next = starts.slice();
  const order = new Uint32Array(styleOf.length);
  for (let row = 0; row < styleOf.length; row += 1) order[next[styleOf[row]]++] = row;
  return { order, starts };
}

/** Return the parts from 0 to 1 of a colour written as #rgb or #rrggbb. */
export function rgb(colour) {
  const digits = colour.length === 4 ? colour.slice(1).replace(/./g, "$&$&") : colour.slice(1);
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16) / 255);
}

function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low <= high ? [low, high] : [0, 1];
}

function program(gl) {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(NO_WEBGL);
  return made;
}
