import assert from "node:assert/strict";
import { test } from "node:test";
import { range, step, touched } from "../../static/js/grid.js";

// Three columns of 100 px; the last row has two items.
const boxes = [0, 1, 2, 3, 4, 5, 6, 7].map((index) => ({
  left: (index % 3) * 100, top: Math.floor(index / 3) * 100, width: 100,
}));

test("a range includes both ends in either order", () => {
  assert.deepEqual(range(2, 4), [2, 3, 4]);
  assert.deepEqual(range(4, 2), [2, 3, 4]);
  assert.deepEqual(range(3, 3), [3]);
});

test("left and right follow the reading order and stop at the ends", () => {
  assert.equal(step(boxes, 2, "ArrowRight"), 3);
  assert.equal(step(boxes, 3, "ArrowLeft"), 2);
  assert.equal(step(boxes, 0, "ArrowLeft"), undefined);
  assert.equal(step(boxes, 7, "ArrowRight"), undefined);
});

test("home and end lead to the first and the last item", () => {
  assert.equal(step(boxes, 4, "Home"), 0);
  assert.equal(step(boxes, 4, "End"), 7);
});

test("up and down keep the column", () => {
  assert.equal(step(boxes, 1, "ArrowDown"), 4);
  assert.equal(step(boxes, 7, "ArrowUp"), 4);
});

test("down into a shorter row takes the closest item", () => {
  assert.equal(step(boxes, 5, "ArrowDown"), 7);
});

test("up from the first row and down from the last lead nowhere", () => {
  assert.equal(step(boxes, 1, "ArrowUp"), undefined);
  assert.equal(step(boxes, 6, "ArrowDown"), undefined);
});

test("other keys lead nowhere", () => {
  assert.equal(step(boxes, 1, "x"), undefined);
});

test("a rectangle touches what it overlaps", () => {
  const full = boxes.map((box) => ({ ...box, right: box.left + 90, bottom: box.top + 90 }));
  assert.deepEqual(touched(full, { left: 80, top: 10, right: 110, bottom: 120 }), [0, 1, 3, 4]);
  assert.deepEqual(touched(full, { left: 91, top: 91, right: 99, bottom: 99 }), []);
});
