import assert from "node:assert/strict";
import { test } from "node:test";
import { N_SERIES, countsInView, framed, seriesOf, styles, stylesOfRows, zoomed } from "../../static/js/colours.js";

const points = { clusters: [0, 0, 1, -1, 2], x: [0, 1, 2, 3, 4], y: [0, 0, 0, 0, 9], nDomains: [1, 1, 5, 8, 2] };

test("values are ordered by domains, then by code, without those that have none unless they are asked for", () => {
  assert.deepEqual(countsInView(points.clusters, points), [[1, 5], [0, 2], [2, 2]]);
  assert.deepEqual(countsInView(points.clusters, points, undefined, undefined, -1), [[-1, 8], [1, 5], [0, 2], [2, 2]]);
});

test("only points inside the ranges of both axes are in view", () => {
  assert.deepEqual(countsInView(points.clusters, points, [1, 3], [-1, 1]), [[1, 5], [0, 1]]);
  assert.deepEqual(countsInView(points.clusters, points, [7, 9], [7, 9]), []);
});

test("the colour of a cluster follows from its uid alone, and all colours are used", () => {
  assert.equal(seriesOf(Uint8Array.of(0x3b, 0x76, 9)), 1 + (0x3b76 % N_SERIES));
  const seen = new Set(Array.from({ length: 256 }, (_, byte) => seriesOf(Uint8Array.of(7, byte))));
  assert.deepEqual([Math.min(...seen), Math.max(...seen)], [1, N_SERIES]);
});

test("rows that are hit have the style of the same fill that is not faded", () => {
  const mode = { codes: points.clusters, fills: [1, 0, 1], names: ["1", "2"] };
  const all = styles(mode.names, (name) => `colour ${name}`, true);
  const seen = [...stylesOfRows(mode, (row) => row !== 0)].map((style) => [all[style].color, all[style].opacity]);
  assert.deepEqual(seen, [
    ["colour 2", 0.1], ["colour 2", 0.92], ["colour 1", 0.92], ["colour outlier", 0.75], ["colour 2", 0.92],
  ]);
});

test("hidden outliers have no opacity, and shown ones are smaller", () => {
  const all = styles(["1", "2"], String, false);
  assert.deepEqual(all.map((style) => style.opacity), [0, 0.1, 0.1, 0, 0.92, 0.92]);
  assert.deepEqual(all.map((style) => style.scale), [0.8, 1, 1, 0.8, 1, 1]);
});

test("zooming keeps the point under the pointer", () => {
  assert.deepEqual(zoomed([0, 10], 0.5, 0.5), [2.5, 7.5]);
  assert.deepEqual(zoomed([0, 10], 0, 2), [0, 20]);
});

test("rows are framed in the shape of the view, and one row by a part of the map", () => {
  const [[left, right], [low, high]] = framed(points, [0, 2], 2);
  assert.ok(left < 0 && right > 2 && Math.abs((right - left) / (high - low) - 2) < 1e-9);
  const [[from, to]] = framed(points, [1], 1);
  assert.ok(from < 1 && to > 1 && to - from < 1);
});
