import assert from "node:assert/strict";
import { test } from "node:test";
import { viewOf } from "../../static/js/map_view.js";
import { rgb, sizeAt, sortedByStyle } from "../../static/js/map_webgl.js";

test("rows are drawn in the order of their styles", () => {
  const { order, starts } = sortedByStyle(Uint8Array.of(2, 0, 2, 1), 4);
  assert.deepEqual([...order], [1, 3, 0, 2]);
  assert.deepEqual([...starts], [0, 1, 2, 4, 4]);
});

test("many points are drawn smaller until one zooms in", () => {
  assert.equal(sizeAt(100_000, 1), 1);
  assert.equal(sizeAt(400_000, 1), 0.5);
  assert.equal(sizeAt(400_000, 4), 1);
  assert.equal(sizeAt(100_000_000, 1), 0.35);
});

test("colours are read as the style sheet writes them", () => {
  assert.deepEqual(rgb("#ff0033"), [1, 0, 0.2]);
  assert.deepEqual(rgb("#fff"), [1, 1, 1]);
});

test("a place of the map has a pixel, and back", () => {
  const view = viewOf([[0, 10], [0, 5]], [100, 50], [20, 0]);
  assert.deepEqual([view.x(5), view.y(5)], [70, 0]);
  assert.deepEqual(view.place(70, 0), [5, 5]);
  assert.equal(view.shape, 2);
});
