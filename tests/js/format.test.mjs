import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, hexadecimal, megabytes } from "../../static/js/format.js";

test("counts have thin spaces between thousands and a plural", () => {
  assert.equal(counted(1, "logo"), "1 logo");
  assert.equal(counted(0, "logo"), "0 logos");
  assert.equal(counted(1234567, "domain"), "1\u2009234\u2009567 domains");
});

test("sizes are in megabytes with one decimal", () => {
  assert.equal(megabytes(0), "0.0 MB");
  assert.equal(megabytes(314_572_800), "300.0 MB");
});

test("bytes become two hexadecimal digits each", () => {
  assert.equal(hexadecimal(Uint8Array.of(0, 10, 255)), "000aff");
  assert.equal(hexadecimal(new Uint8Array()), "");
});
