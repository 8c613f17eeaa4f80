// Draws the dots of a map by Plotly, up to 100,000 domains; map_webgl.js draws larger ones.
import { viewOf } from "./map_view.js";

const PER_TRACE = 90_000; // hovering freezes from 100,000 on: plotly.js issue 8036
const MAX_PIXEL_RATIO = 2; // more is slow and not visible
const OPTIONS = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: "reset", plotGlPixelRatio: Math.min(MAX_PIXEL_RATIO, globalThis.devicePixelRatio ?? 1) };

export class PlotlyDots {
  /** Draw in `plot`; `on` has hovered(row, event), clicked(row, event), moved(), moving(), drawn(). */
  constructor(plot, on) {
    [this.plot, this.on, this.painted] = [plot, on, ""];
    window.addEventListener("pagehide", () => Plotly.purge(plot));
  }

  get isDrawn() {
    return Boolean(this.plot.layout);
  }

  view() {
    const { xaxis, yaxis } = this.plot._fullLayout;
    return viewOf([xaxis.range, yaxis.range], [xaxis._length, yaxis._length], [xaxis._offset, yaxis._offset]);
  }

  async draw(points, styles, styleOf) {
    const picture = `${JSON.stringify(styles)}${styleOf}${points.version}`;
    if (picture === this.painted) return; // redrawing all points is slow
    const isFirst = !this.isDrawn;
    await Plotly.react(this.plot, tracesOf(points, styles, styleOf), this.plot.layout ?? points.layout, OPTIONS);
    this.painted = picture;
    if (isFirst) this.listen();
  }

  show(x, y) {
    return Plotly.relayout(this.plot, { "xaxis.range": x, "yaxis.range": y });
  }

  listen() {
    const { plot, on } = this;
    plot.on("plotly_hover", ({ points: [hit], event }) => on.hovered(hit.customdata, event));
    plot.on("plotly_unhover", () => on.hovered(null));
    plot.on("plotly_click", ({ points: [hit], event }) => on.clicked(hit.customdata, event));
    plot.on("plotly_relayout", on.moved);
    plot.on("plotly_relayouting", on.moving);
    plot.on("plotly_afterplot", on.drawn);
  }
}

// One trace per style: Plotly is several times slower with one colour per point.
export function tracesOf(points, styles, styleOf) {
  const sizes = new Uint32Array(styles.length);
  for (const style of styleOf) sizes[style] += 1;
  const rows = styles.map((_, style) => new Int32Array(sizes[style]));
  sizes.fill(0);
  styleOf.forEach((style, row) => { rows[style][sizes[style]++] = row; });
  return styles.flatMap((style, at) => pieces(rows[at]).map((piece) => trace(points, style, piece)));
}

function pieces(rows) {
  const starts = Array.from({ length: Math.ceil(rows.length / PER_TRACE) }, (_, place) => place * PER_TRACE);
  return starts.map((start) => rows.subarray(start, start + PER_TRACE));
}

function trace(points, { color, opacity, ring, scale }, rows) {
  const chosen = (values) => values.constructor.from(rows, (row) => values[row]);
  return {
    ...points.trace,
    x: chosen(points.x),
    y: chosen(points.y),
    customdata: rows,
    hoverinfo: opacity ? points.trace.hoverinfo : "skip",
    marker: { size: scale === 1 ? chosen(points.sizes) : Float32Array.from(rows, (row) => scale * points.sizes[row]), color, opacity, line: { color: ring, width: 1 } },
  };
}
