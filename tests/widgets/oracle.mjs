// A module of arithmetic against the answers that torch wrote (python -m tests.oracles).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const CLOSE = 1e-9; // relative to the larger, for what is no whole number

/** An array in which a place beyond the ends is a fault, and not undefined: loops end where they should. */
const bounded = (array) =>
  new Proxy(array, {
    get(_, key) {
      inside(array, key);
      const value = array[key];
      return typeof value === "function" ? value.bind(array) : value;
    },
    set: (_, key, value) => inside(array, key) && Reflect.set(array, key, value),
  });

/** Whether a key is no number, or the number of a place; throws otherwise. */
function inside(array, key) {
  if (typeof key === "symbol" || key in array || isNaN(key)) return true;
  throw new RangeError(`place ${key} of ${array.length}`);
}

globalThis.Float64Array = new Proxy(Float64Array, {
  construct: (kind, given) => bounded(new kind(...given)),
});

/** Equal: exactly between whole numbers and between words, within CLOSE for the rest. */
function alike(found, wanted, path) {
  const numbers = typeof wanted === "number" && typeof found === "number";
  if (numbers && !(Number.isInteger(wanted) && Number.isInteger(found))) {
    const size = Math.max(1, Math.abs(wanted));
    const near = Math.abs(found - wanted) <= CLOSE * size;
    assert.ok(near, `${path}: ${found}, not ${wanted}`);
  } else if (wanted !== null && typeof wanted === "object") {
    if (Array.isArray(wanted)) assert.equal(found?.length, wanted.length, path);
    for (const key of Object.keys(wanted))
      alike(found[key], wanted[key], `${path}.${key}`);
  } else assert.equal(found, wanted, path);
}

/** Call the functions of docs/widgets/<name>.js as the oracle did; look at its constants. */
export async function check(name) {
  const module = await import(`../../docs/widgets/${name}.js`);
  const file = new URL(`./cases/${name}.json`, import.meta.url);
  test(`${name}.js answers as torch does`, () => {
    const fenced = (key, value) => (key === "values" ? bounded(value) : value);
    for (const [call, given, wanted] of JSON.parse(
      readFileSync(file, "utf8"),
      fenced,
    )) {
      const said = `${call}(${JSON.stringify(given).slice(0, 300)})`;
      const found = module[call];
      const answer = () => (typeof found === "function" ? found(...given) : found);
      const { refusal: message, ...place } = wanted ?? {};
      if (message) assert.throws(answer, { message, ...place }, said);
      else alike(answer(), wanted, said);
    }
  });
}
