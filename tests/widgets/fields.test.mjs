// The values that fields admit, and what an address says of them.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fields from "../../docs/widgets/fields.js";

const { asked, asking, choice, held, initial, range, settled, text, tick } = fields;
const knobs = {
  size: range("Size", 1, 9, 3),
  blend: range("Blend", 0, 1, 0.5, 0.05),
  mode: choice("Mode", ["plain", "transposed"]),
  bias: tick("Bias"),
  stack: text("Stack", "conv 3"),
  cells: held(/^[\d;,]*$/, "1,2"),
};

test("a field starts as it was declared", () => {
  assert.deepEqual(initial(knobs), {
    size: 3,
    blend: 0.5,
    mode: "plain",
    bias: false,
    stack: "conv 3",
    cells: "1,2",
  });
  assert.deepEqual(range("R", 2, 4, 3), {
    kind: "range",
    label: "R",
    min: 2,
    max: 4,
    step: 1,
    value: 3,
  });
  assert.deepEqual(choice("C", ["a", "b"], "b").value, "b");
  assert.deepEqual(choice("C", ["a", "b"]).label, "C");
  assert.deepEqual(tick("T", true), { kind: "tick", label: "T", value: true });
  assert.deepEqual(text("T"), { kind: "text", label: "T", rows: 4, value: "" });
  assert.deepEqual(held(/x/), { kind: "held", pattern: /x/, value: "" });
});

test("a number is brought into its range and onto its steps", () => {
  const pairs = [
    ["5", 5],
    [5.4, 5],
    [5.5, 6],
    [-7, 1],
    ["1e9", 9],
    ["", 3],
    ["  ", 3],
    ["1e999", 3],
    ["seven", 3],
    [undefined, 3],
    [null, 3],
  ];
  for (const [given, wanted] of pairs) assert.equal(settled(knobs.size, given), wanted);
  assert.equal(settled(knobs.blend, 0.15), 0.15);
  assert.equal(settled(knobs.blend, 0.3000000001), 0.3);
  assert.equal(settled(range("odd", 1, 8, 3, 2), 8), 8);
  assert.equal(settled(range("odd", 1, 7, 3, 2), 4.1), 5);
});

test("a word is one of those offered, a tick is yes or no", () => {
  assert.equal(settled(knobs.mode, "transposed"), "transposed");
  assert.equal(settled(knobs.mode, "Transposed"), "plain");
  for (const [given, wanted] of [
    ["1", true],
    ["true", true],
    [true, true],
    ["0", false],
    ["false", false],
    [false, false],
    ["2", true],
  ])
    assert.equal(settled(tick("T", true), given), wanted, String(given));
  assert.equal(settled(knobs.bias, "perhaps"), false);
});

test("text is kept as it is; what is held must fit its pattern and its length", () => {
  assert.equal(settled(knobs.stack, "<b>"), "<b>");
  assert.equal(settled(knobs.cells, "3;4"), "3;4");
  assert.equal(settled(knobs.cells, "<b>"), "1,2");
  assert.equal(settled(knobs.cells, "1".repeat(4000)), "1".repeat(4000));
  assert.equal(settled(knobs.cells, "1".repeat(4001)), "1,2");
});

test("an address asks for the fields that it names, and for nothing else", () => {
  const query = "?a.size=99&a.mode=transposed&b.size=2&a.other=1&size=7";
  assert.deepEqual(asked(knobs, "a", query), { size: 9, mode: "transposed" });
  assert.deepEqual(asked(knobs, "b", query), { size: 2 });
  assert.deepEqual(asked(knobs, "c", query), {});
  const long = asked(knobs, "a", `a.stack=${"x".repeat(5000)}`);
  assert.equal(long.stack.length, 4000);
});

test("an address says what differs from the start, and keeps what others say", () => {
  const start = initial(knobs);
  const state = { ...start, size: 5, cells: "9" };
  const told = asking(knobs, "a", state, start, "?b.size=2&a.mode=transposed");
  assert.equal(told, "b.size=2&a.size=5&a.cells=9");
  assert.deepEqual(asked(knobs, "a", told), { size: 5, cells: "9" });
  assert.equal(asking(knobs, "a", start, start, told), "b.size=2");
  const most = { ...start, stack: "x".repeat(4000) };
  assert.equal(asking(knobs, "a", most, start, "").length, "a.stack=".length + 4000);
  const more = { ...start, stack: "x".repeat(4001) };
  assert.equal(asking(knobs, "a", more, start, ""), "");
});

test("a refusal is an error with a message", () => {
  assert.equal(new fields.Refusal("no").message, "no");
  assert.ok(new fields.Refusal("no") instanceof Error);
});
