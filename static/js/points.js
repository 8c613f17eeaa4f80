// The points of the map as typed arrays, decoded from the responses.
import { hexadecimal } from "./format.js";

const TYPES = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };
const column = (it) => new TYPES[it.dtype](bytes(it.bdata).buffer);

// A loop: Uint8Array.from takes ten times as long.
function bytes(text) {
  const characters = atob(text);
  const codes = new Uint8Array(characters.length);
  for (let at = 0; at < codes.length; at += 1) codes[at] = characters.charCodeAt(at);
  return codes;
}

/** Read the length of a JSON header, the header, and the columns that it lists. */
export function readPoints(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const columns = {};
  let start = 4 + size;
  for (const [name, dtype, length] of header.columns) {
    const end = start + length * TYPES[dtype].BYTES_PER_ELEMENT;
    columns[name] = new TYPES[dtype](buffer.slice(start, end)); // a copy, since its place may be odd
    start = end;
  }
  const scaled = (name) => Float32Array.from(columns[name], (value) => header.scales[name][0] + header.scales[name][1] * value);
  return {
    n: columns.clusters.length,
    hasNames: header.has_names,
    logos: sums(columns.logo_steps),
    clusters: columns.clusters,
    nDomains: columns.n_domains,
    names: header.names,
    version: header.version,
    numbers: columns.numbers,
    medoids: columns.medoids,
    uids: (cluster) => columns.uids.subarray(16 * cluster, 16 * cluster + 16),
    uidOf: (cluster) => uuid(hexadecimal(columns.uids.subarray(16 * cluster, 16 * cluster + 16))),
    x: scaled("x"),
    y: scaled("y"),
    sizes: columns.sizes,
    trace: header.trace,
    layout: header.layout,
  };
}

function sums(steps) {
  let sum = 0;
  return Int32Array.from(steps, (step) => { sum += step; return sum; });
}

/** Return the points of both parts of a map; the rows of the first stay as they are. */
export function joined(first, rest) {
  const places = new Map(Array.from(first.numbers, (number, cluster) => [number, cluster]));
  const names = [...first.names];
  const sources = Array.from(first.numbers, (_, cluster) => [first, cluster]);
  const placeOf = Array.from(rest.numbers, (number, cluster) => {
    if (!places.has(number)) {
      places.set(number, names.length);
      names.push(rest.names[cluster]);
      sources.push([rest, cluster]);
    }
    return places.get(number);
  });
  const medoids = Int32Array.from(sources, ([part, cluster]) => medoidIn(part, cluster, first));
  placeOf.forEach((place, cluster) => { if (medoids[place] < 0) medoids[place] = medoidIn(rest, cluster, first); });
  const both = (name, Kind = Float32Array) => {
    const column = new Kind(first.n + rest.n);
    column.set(first[name]);
    column.set(rest[name], first.n);
    return column;
  };
  return {
    ...first,
    n: first.n + rest.n,
    logos: both("logos", Int32Array),
    clusters: both("clusters", Int32Array).map((cluster, row) => (row < first.n || cluster < 0 ? cluster : placeOf[cluster])),
    nDomains: both("nDomains", Int32Array),
    names,
    numbers: Int32Array.from(sources, ([part, cluster]) => part.numbers[cluster]),
    medoids,
    uids: (place) => sources[place][0].uids(sources[place][1]),
    uidOf: (place) => sources[place][0].uidOf(sources[place][1]),
    x: both("x"),
    y: both("y"),
    sizes: both("sizes", Uint8Array),
  };
}

function medoidIn(part, cluster, first) {
  const row = part.medoids[cluster];
  return row < 0 || part === first ? row : first.n + row;
}

const uuid = (text) => text.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");

/** Return the rows of logos that a search found; some may not be drawn. */
export function rowsOf(packed, points) {
  return rowsWith(new Set(column(packed)), points);
}

/** Return the rows of another state of the map that have the logos of these rows. */
export function sameRows(rows, before, after) {
  return rowsWith(new Set(Array.from(rows, (row) => before.logos[row])), after);
}

/** Return the cluster of another state of the map that is this one, null if it is gone. */
export function sameCluster(cluster, before, after) {
  const uid = before.uidOf(cluster);
  const found = Array.from(after.names, (_, place) => place).find((place) => after.uidOf(place) === uid);
  return found ?? null;
}

function rowsWith(wanted, points) {
  const rows = new Set();
  points.logos.forEach((logo, row) => { if (wanted.has(logo)) rows.add(row); });
  return rows;
}

/** Return the code of each row's value, -1 if none; values are matched by logo. */
export function codesOf(answer, points) {
  const codes = column(answer.codes);
  const places = new Map(Array.from(column(answer.logos), (logo, place) => [logo, codes[place]]));
  return Int16Array.from(points.logos, (logo) => places.get(logo) ?? -1);
}

// Names are loaded separately, possibly of a changed map: rows are matched by logo.
export function readNames(answer, points) {
  const places = new Map(Array.from(column(answer.logos), (logo, place) => [logo, place]));
  return {
    texts: Array.from(points.logos, (logo) => answer.domains[places.get(logo)] ?? ""),
    words: Array.from(points.logos, (logo) => answer.words[places.get(logo)] ?? ""),
  };
}

/**
 * Whether a domain of a point, one a line, has each word of a search; one like .de ends it.
 * Or words read in its logo, a space before each, begin with each of them.
 */
export function hasWords(names, query, read = "") {
  const words = query.split(/\s+/);
  if (read && words.every((word) => read.includes(` ${word}`))) return true;
  return names.split("\n").some((name) => words.every((word) => (word[0] === "." ? name.endsWith(word) : name.includes(word))));
}
