import assert from "node:assert/strict";
import { test } from "node:test";
import { N_COLOURS, clustersInView, coloursOf, styles, stylesOfRows, zoomed } from "../../static/js/colours.js";

const points = { clusters: [0, 0, 1, -1, 2], x: [0, 1, 2, 3, 4], y: [0, 0, 0, 0, 9], nDomains: [1, 1, 5, 8, 2] };

test("clusters are ordered by domains, then by number, without outliers", () => {
  assert.deepEqual(clustersInView(points), [[1, 5], [0, 2], [2, 2]]);
});

test("only points inside the ranges of both axes are in view", () => {
  assert.deepEqual(clustersInView(points, [1, 3], [-1, 1]), [[1, 5], [0, 1]]);
  assert.deepEqual(clustersInView(points, [7, 9], [7, 9]), []);
});

test("the largest clusters get the colours", () => {
  const order = Array.from({ length: N_COLOURS + 5 }, (_, place) => [place + 100, 50 - place]);
  const colours = coloursOf(order);
  assert.equal(colours.size, N_COLOURS);
  assert.deepEqual([colours.get(100), colours.get(111), colours.get(112)], [0, 11, undefined]);
});

test("rows that are hit have the style of the same fill that is not faded", () => {
  const all = styles((name) => `colour ${name}`, true);
  const colours = new Map([[1, 0], [0, 1]]);
  const rows = stylesOfRows(points.clusters, colours, (row) => row !== 0);
  const seen = [...rows].map((style) => [all[style].color, all[style].opacity]);
  assert.deepEqual(seen, [
    ["colour 2", 0.12], ["colour 2", 0.9], ["colour 1", 0.9], ["colour outlier", 0.9], ["colour rest", 0.9],
  ]);
});

test("hidden outliers have no opacity, all else keeps its own", () => {
  const opacities = styles(String, false).map((style) => style.opacity);
  assert.deepEqual([opacities[0], opacities[N_COLOURS + 2]], [0, 0]);
  assert.equal(opacities.filter((one) => one === 0).length, 2);
});

test("zooming keeps the point under the pointer", () => {
  assert.deepEqual(zoomed([0, 10], 0.5, 0.5), [2.5, 7.5]);
  assert.deepEqual(zoomed([0, 10], 0, 2), [0, 20]);
});
