import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, counts, isPicked, picked, words } from "../../static/js/picks.js";

const on = (state, ...items) => picked(state, items, true, "7");
const off = (state, ...items) => picked(state, items, false, "9");

test("what is selected is sent with the version that was seen first", () => {
  const state = on(on(EMPTY, { word: "p5.3", n: 4 }), { word: "d8" });
  assert.deepEqual(words(state), ["p5.3", "d8"]);
  assert.equal(picked(state, [{ word: "d9" }], true, "12").seen, "7");
  assert.deepEqual(counts(state), { clusters: 0, logos: 2, domains: 5, hasAll: false });
});

test("a picture is selected with its cluster, and can be left out of it", () => {
  const all = on(on(EMPTY, { word: "p5.3" }), { word: "c3", n: 10 });
  assert.deepEqual(words(all), ["c3"]);
  assert.ok(isPicked(all, "p5.3") && isPicked(all, "d1", ["p5.3"]) && !isPicked(all, "p5.4"));

  const without = off(all, { word: "p5.3", n: 2 });
  assert.deepEqual(words(without), ["c3", "-p5.3"]);
  assert.ok(!isPicked(without, "p5.3") && !isPicked(without, "d1", ["p5.3"]) && isPicked(without, "p6.3"));
  assert.equal(counts(without).domains, 8);
  assert.deepEqual(words(on(without, { word: "p5.3", n: 2 })), ["c3"]);
});

test("of items that are selected together, clusters stand for their pictures", () => {
  const many = Array.from({ length: 20_000 }, (_, at) => ({ word: `p${at}.${at % 2}`, n: 2 }));
  const state = on(EMPTY, ...many, { word: "c1", n: 20_000 });
  assert.equal(words(state).length, 10_001);
  assert.deepEqual(counts(state), { clusters: 1, logos: 10_000, domains: 40_000, hasAll: false });
  assert.deepEqual(words(on(state, { word: "c0", n: 20_000 })), ["c1", "c0"]);
});

test("all that a filter lists is one word", () => {
  const all = on(EMPTY, { word: "o.shop", n: 1240 });
  assert.ok(isPicked(all, "p5.-1", ["o.shop"]) && !isPicked(all, "p5.-1"));
  assert.deepEqual(words(off(all, { word: "p5.-1", around: ["o.shop"] })), ["o.shop", "-p5.-1"]);
  assert.deepEqual(counts(all), { clusters: 0, logos: 1240, domains: 1240, hasAll: true });
});

test("nothing is left when the last one is taken out", () => {
  assert.equal(off(on(EMPTY, { word: "c3" }), { word: "c3" }), EMPTY);
});
