// Which texts are kernels: the ends of the pattern that an address meets.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  admitted,
  DIVISORS,
  EDGES,
  KERNELS,
  WRITTEN,
} from "../../docs/widgets/kernels.js";

const square = (side, weight = "0") =>
  Array(side).fill(Array(side).fill(weight).join(",")).join(";");

test("kernels have 3, 5 or 7 rows of as many weights", () => {
  for (let side = 1; side < 10; side++)
    assert.equal(WRITTEN.test(square(side)), [3, 5, 7].includes(side), `side ${side}`);
  for (const kernel of Object.values(KERNELS)) assert.match(kernel, WRITTEN);
  assert.doesNotMatch(`${square(3)};0,0,0`, WRITTEN);
  assert.doesNotMatch("0,0;0,0,0;0,0,0", WRITTEN);
  assert.doesNotMatch("0,0,0;0,0,0;0,0,0,0", WRITTEN);
});

test("weights have up to three digits before the point and after it", () => {
  for (const weight of ["-1", "12", "999", "-999.125", "0.5", "0.25"])
    assert.match(square(3, weight), WRITTEN);
  for (const weight of [
    "",
    "-",
    "1000",
    "0.1234",
    "1.",
    ".5",
    "1e3",
    "+1",
    " 1",
    "--1",
  ])
    assert.doesNotMatch(square(3, weight), WRITTEN);
});

test("what is no number is the weight 0", () => {
  assert.equal(admitted(NaN), 0);
});

test("the choices begin with what conv2d does", () => {
  assert.deepEqual(EDGES, ["none", "zeros", "reflect", "replicate", "circular"]);
  assert.equal(DIVISORS[0], "nothing");
});
