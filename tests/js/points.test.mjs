import assert from "node:assert/strict";
import { test } from "node:test";
import { tracesOf } from "../../static/js/map_plotly.js";
import { hasWords, joined, readNames, readPoints, rowsOf, sameCluster, sameRows } from "../../static/js/points.js";

const CODES = new Map([[Float32Array, "f4"], [Int32Array, "i4"], [Uint8Array, "u1"], [Int16Array, "i2"], [Uint16Array, "u2"]]);
const base64 = (array) => Buffer.from(array.buffer).toString("base64");
const column = (array) => ({ dtype: CODES.get(array.constructor), bdata: base64(array) });

function packed(columns, header) {
  const names = Object.keys(columns);
  const listed = names.map((name) => [name, CODES.get(columns[name].constructor), columns[name].length]);
  const head = Buffer.from(JSON.stringify({ ...header, columns: listed }));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  const content = Buffer.concat([size, head, ...names.map((name) => Buffer.from(columns[name].buffer))]);
  return content.buffer.slice(content.byteOffset, content.byteOffset + content.length);
}

const HEADER = { scales: { x: [0.5, 0.25], y: [2, 1] }, names: ["Acme"], has_names: true, trace: { hoverinfo: "none" }, layout: {} };
const answer = packed({
  sizes: Uint8Array.of(6, 7, 8),
  x: Uint16Array.of(0, 2, 4),
  y: Uint16Array.of(0, 1, 2),
  clusters: Int16Array.of(0, -1, 0),
  logo_steps: Uint8Array.of(7, 1, 1),
  n_domains: Uint8Array.of(1, 2, 3),
  uids: Uint8Array.from({ length: 16 }, (_, at) => at),
}, HEADER);

test("columns are decoded to typed arrays", () => {
  const points = readPoints(answer);
  assert.equal(points.n, 3);
  assert.deepEqual(points.clusters, Int16Array.of(0, -1, 0));
  assert.deepEqual(points.x, Float32Array.of(0.5, 1, 1.5));
  assert.deepEqual(points.logos, Int32Array.of(7, 8, 9));
  assert.equal(points.uidOf(0), "00010203-0405-0607-0809-0a0b0c0d0e0f");
});

test("a map without points is read", () => {
  const none = new Uint8Array();
  const empty = readPoints(packed({ x: none, y: none, clusters: none, logo_steps: none, n_domains: none, sizes: none, uids: none }, HEADER));
  assert.equal(empty.n, 0);
});

test("the second part of a map follows the rows of the first, and shares its clusters", () => {
  const part = (steps, clusters, numbers, medoids, names) => readPoints(packed({
    x: Uint16Array.from(clusters, (_, row) => row),
    y: Uint16Array.from(clusters, () => 1),
    clusters: Int16Array.from(clusters),
    logo_steps: Uint8Array.from(steps),
    n_domains: Uint8Array.from(clusters, () => 1),
    sizes: Uint8Array.from(clusters, () => 7),
    uids: Uint8Array.from({ length: 16 * numbers.length }, (_, at) => numbers[Math.floor(at / 16)]),
    numbers: Uint8Array.from(numbers),
    medoids: Int16Array.from(medoids),
  }, { ...HEADER, names }));
  const first = part([4, 4], [0, -1], [5], [-1], ["Acme"]);
  const rest = part([5, 1, 3], [1, 0, -1], [3, 5], [1, 0], ["Bolt", "Acme"]);

  const both = joined(first, rest);

  assert.equal(both.n, 5);
  assert.deepEqual([...both.logos], [4, 8, 5, 6, 9]);
  assert.deepEqual([...both.clusters], [0, -1, 0, 1, -1]);
  assert.deepEqual(both.names, ["Acme", "Bolt"]);
  assert.deepEqual([...both.numbers], [5, 3]);
  assert.deepEqual([...both.medoids], [2, 3]);
  assert.deepEqual([both.uids(1)[0], both.uidOf(0).slice(0, 2)], [3, "05"]);
  assert.deepEqual([...both.x], [0.5, 0.75, 0.5, 0.75, 1]);
});

test("logos that a search found become rows; those that are not drawn have none", () => {
  assert.deepEqual(rowsOf(column(Int32Array.of(1, 7, 9)), readPoints(answer)), new Set([0, 2]));
});

test("rows and clusters are found again in the map after a decision", () => {
  const map = (steps, uids, names) => readPoints(packed({
    x: Uint16Array.from(steps, () => 0),
    y: Uint16Array.from(steps, () => 0),
    clusters: Int16Array.from(steps, () => 0),
    logo_steps: Uint8Array.from(steps),
    n_domains: Uint8Array.from(steps, () => 1),
    sizes: Uint8Array.from(uids, () => 7),
    uids: Uint8Array.from({ length: 16 * uids.length }, (_, at) => uids[Math.floor(at / 16)]),
  }, { ...HEADER, names }));
  const before = map([7, 1, 1], [5, 3], ["Acme", "Bolt"]);
  const after = map([8, 1], [3], ["Bolt"]);

  assert.deepEqual(sameRows(new Set([0, 2]), before, after), new Set([1]));
  assert.deepEqual([sameCluster(1, before, after), sameCluster(0, before, after)], [0, null]);
});

test("names are matched by logo and may be missing", () => {
  const names = readNames({
    logos: column(Int32Array.of(9, 7)),
    domains: ["c.example", "a.example"],
    words: [" nova bank", ""],
  }, readPoints(answer));
  assert.deepEqual(names.texts, ["a.example", "", "c.example"]);
  assert.deepEqual(names.words, ["", "", " nova bank"]);
});

const STYLES = [{ color: "grey", opacity: 0, ring: "white", scale: 0.5 }, { color: "red", opacity: 0.9, ring: "white", scale: 1 }];

test("each style has a trace with its rows; hidden points do not react", () => {
  const [hidden, shown] = tracesOf(readPoints(answer), STYLES, Uint8Array.of(1, 0, 1));
  assert.deepEqual(shown.customdata, Int32Array.of(0, 2));
  assert.deepEqual(shown.x, Float32Array.of(0.5, 1.5));
  assert.deepEqual(shown.marker, { size: Uint8Array.of(6, 8), color: "red", opacity: 0.9, line: { color: "white", width: 1 } });
  assert.deepEqual(hidden.marker.size, Float32Array.of(3.5));
  assert.deepEqual([hidden.hoverinfo, shown.hoverinfo], ["skip", "none"]);
});

test("traces are split below the number of points that freezes hovering", () => {
  const n = 200_000;
  const points = { ...readPoints(answer), x: new Float32Array(n), y: new Float32Array(n), sizes: new Float32Array(n) };
  const traces = tracesOf(points, STYLES, new Uint8Array(n).fill(1));
  assert.deepEqual(traces.map((one) => one.x.length), [90_000, 90_000, 20_000]);
  assert.equal(traces[2].customdata[19_999], n - 1);
});

test("words narrow a search, and one with a dot is the ending", () => {
  assert.ok(hasWords("old.example\nnova-one.de", "one nova .de"));
  assert.ok(!hasWords("nova.example\nother.de", "nova .de"));
  assert.ok(!hasWords("nova.de.example", "nova .de"));
  assert.ok(hasWords("x.example", "ban nova", " nova bank"));
  assert.ok(!hasWords("x.example", "ank", " nova bank"));
});
