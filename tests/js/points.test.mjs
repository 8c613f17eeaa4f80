import assert from "node:assert/strict";
import { test } from "node:test";
import { readNames, readPoints, tracesOf } from "../../static/js/points.js";

const CODES = new Map([[Float32Array, "f4"], [Int32Array, "i4"], [Uint8Array, "u1"]]);
const base64 = (array) => Buffer.from(array.buffer).toString("base64");
const column = (array) => ({ dtype: CODES.get(array.constructor), bdata: base64(array) });

const answer = {
  clusters: column(Int32Array.of(0, -1, 0)),
  logos: column(Int32Array.of(7, 8, 9)),
  n_domains: column(Int32Array.of(1, 2, 3)),
  names: ["Acme"],
  uids: ["u"],
  figure: {
    data: [{
      hoverinfo: "none",
      x: column(Float32Array.of(0.5, 1, 1.5)),
      y: column(Float32Array.of(2, 3, 4)),
      marker: { size: column(Float32Array.of(6, 7, 8)) },
    }],
    layout: { title: "" },
  },
};

test("columns are decoded to typed arrays", () => {
  const points = readPoints(answer);
  assert.equal(points.n, 3);
  assert.deepEqual(points.clusters, Int32Array.of(0, -1, 0));
  assert.deepEqual(points.x, Float32Array.of(0.5, 1, 1.5));
});

test("a map without points is read from plain lists", () => {
  const trace = { x: [], y: [], marker: { size: [] } };
  const empty = readPoints({ clusters: [], logos: [], n_domains: [], names: [], uids: [], figure: { data: [trace], layout: {} } });
  assert.equal(empty.n, 0);
});

test("names are matched by logo and may be missing", () => {
  const names = readNames({
    logos: column(Int32Array.of(9, 7)),
    domains: ["c.example", "a.example"],
    is_dark: column(Uint8Array.of(1, 0)),
    sha256s: base64(Uint8Array.from({ length: 64 }, (_, at) => (at < 32 ? 255 : 1))),
  }, readPoints(answer));
  assert.deepEqual(names.texts, ["a.example", "", "c.example"]);
  assert.deepEqual(names.look(2), { sha256: "ff".repeat(32), ground: "dark" });
  assert.deepEqual(names.look(0), { sha256: "01".repeat(32), ground: "light" });
  assert.equal(names.look(1), null);
});

const STYLES = [{ color: "grey", opacity: 0, ring: "white" }, { color: "red", opacity: 0.9, ring: "white" }];

test("each style has a trace with its rows; hidden points do not react", () => {
  const [hidden, shown] = tracesOf(readPoints(answer), STYLES, Uint8Array.of(1, 0, 1));
  assert.deepEqual(shown.customdata, Int32Array.of(0, 2));
  assert.deepEqual(shown.x, Float32Array.of(0.5, 1.5));
  assert.deepEqual(shown.marker, { size: Float32Array.of(6, 8), color: "red", opacity: 0.9, line: { color: "white", width: 1 } });
  assert.deepEqual([hidden.hoverinfo, shown.hoverinfo], ["skip", "none"]);
});

test("traces are split below the number of points that freezes hovering", () => {
  const n = 200_000;
  const points = { ...readPoints(answer), x: new Float32Array(n), y: new Float32Array(n), sizes: new Float32Array(n) };
  const traces = tracesOf(points, STYLES, new Uint8Array(n).fill(1));
  assert.deepEqual(traces.map((one) => one.x.length), [90_000, 90_000, 20_000]);
  assert.equal(traces[2].customdata[19_999], n - 1);
});
