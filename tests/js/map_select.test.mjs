import assert from "node:assert/strict";
import { test } from "node:test";
import { apart } from "../../static/js/landmarks.js";
import { isInside, nearest, rectangle, rowsInside } from "../../static/js/lasso.js";
import { itemsOf, rowsPicked } from "../../static/js/map_select.js";

const points = {
  n: 4, logos: [7, 8, 9, 11], clusters: [0, 0, 1, -1], numbers: [3, 5], nDomains: [2, 1, 1, 1], x: [0, 1, 2, 3], y: [0, 1, 0, 1],
};
const every = () => true;

test("a lasso holds what is inside its line, also if the line is hollow", () => {
  const hollow = [[0, 0], [4, 0], [4, 4], [3, 4], [3, 1], [1, 1], [1, 4], [0, 4]];
  assert.ok(isInside(0.5, 3, hollow) && isInside(2, 0.5, hollow) && isInside(3.5, 3, hollow));
  assert.ok(!isInside(2, 3, hollow) && !isInside(5, 2, hollow));
  assert.deepEqual(rowsInside(points, rectangle([-1, -1], [2.5, 2]), (row) => row !== 1), [0, 2]);
});

test("the nearest shown point within reach is found", () => {
  assert.equal(nearest(points, [1.1, 0.9], [1, 1], every), 1);
  assert.equal(nearest(points, [1.1, 0.9], [0.1, 0.1], every), null);
  assert.equal(nearest(points, [1.1, 0.9], [2, 2], (row) => row === 2), 2);
});

test("points are selected by words that the server reads, and found by them", () => {
  assert.deepEqual(itemsOf(points, [0, 3]), [{ word: "p7.3", n: 2 }, { word: "p11.-1", n: 1 }]);
  assert.deepEqual(rowsPicked(["p7.3", "p9.3", "o"], points), [0, 3]);
  assert.deepEqual(rowsPicked(["c3", "-p8.3"], points), [0]);
  assert.deepEqual(rowsPicked(["g"], points), [0, 1, 2]);
  assert.deepEqual(rowsPicked([], points), []);
});

test("words about text or single domains are left to the server", () => {
  assert.equal(rowsPicked(["o.shop"], points), null);
  assert.equal(rowsPicked(["c3", "-d12"], points), null);
});

test("logos do not cover each other, and the first ones win", () => {
  const box = (x, y) => ({ x, y, width: 10, height: 10 });
  const boxes = [box(10, 10), box(15, 15), box(20, 10), box(50, 50), box(-5, 10)];
  assert.deepEqual(apart(boxes, 9, { width: 100, height: 100 }), [boxes[0], boxes[2], boxes[3]]);
  assert.deepEqual(apart(boxes, 2, { width: 100, height: 100 }), [boxes[0], boxes[2]]);
});
