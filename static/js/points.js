// The points of the map as typed arrays, decoded from the response and split into Plotly traces.
import { hexadecimal } from "./format.js";

const TYPES = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
const PER_TRACE = 90_000; // hovering freezes from 100,000 on: plotly.js issue 8036
// For no points, Plotly's encoder writes a plain list.
const column = (it) => (Array.isArray(it) ? Float32Array.from(it) : new TYPES[it.dtype](bytes(it.bdata).buffer));

// A loop: Uint8Array.from takes ten times as long.
function bytes(text) {
  const characters = atob(text);
  const codes = new Uint8Array(characters.length);
  for (let at = 0; at < codes.length; at += 1) codes[at] = characters.charCodeAt(at);
  return codes;
}

export function readPoints(answer) {
  const [trace] = answer.figure.data;
  const clusters = column(answer.clusters);
  return {
    n: clusters.length,
    logos: column(answer.logos),
    clusters,
    nDomains: column(answer.n_domains),
    names: answer.names,
    uids: answer.uids,
    x: column(trace.x),
    y: column(trace.y),
    sizes: column(trace.marker.size),
    trace,
    layout: answer.figure.layout,
  };
}

// Names are loaded separately, possibly of a changed map: rows are matched by logo.
export function readNames(answer, points) {
  const places = new Map(Array.from(column(answer.logos), (logo, place) => [logo, place]));
  const [sha256s, isDark] = [bytes(answer.sha256s), column(answer.is_dark)];
  const texts = Array.from(points.logos, (logo) => answer.domains[places.get(logo)] ?? "");
  return {
    texts,
    look(row) {
      const place = places.get(points.logos[row]);
      if (place === undefined) return null;
      return { sha256: hexadecimal(sha256s.subarray(32 * place, 32 * place + 32)), ground: isDark[place] ? "dark" : "light" };
    },
  };
}

// One trace per style: Plotly is several times slower where each point has a colour of its own.
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

function trace(points, { color, opacity, ring }, rows) {
  const chosen = (values) => values.constructor.from(rows, (row) => values[row]);
  return {
    ...points.trace,
    x: chosen(points.x),
    y: chosen(points.y),
    customdata: rows,
    hoverinfo: opacity ? points.trace.hoverinfo : "skip",
    marker: { size: chosen(points.sizes), color, opacity, line: { color: ring, width: 1 } },
  };
}
