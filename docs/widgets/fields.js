// What an explorable is set to: named fields, each with the values that it admits.
// Nothing here touches a page.

/**
 * @typedef {{ kind: "range", label: string, min: number, max: number, step: number, value: number }} RangeField
 * @typedef {{ kind: "choice", label: string, options: readonly string[], value: string }} ChoiceField
 * @typedef {{ kind: "tick", label: string, value: boolean }} TickField
 * @typedef {{ kind: "text", label: string, rows: number, value: string }} TextField
 * @typedef {{ kind: "held", value: string, pattern: RegExp }} HeldField
 * @typedef {RangeField | ChoiceField | TickField | TextField | HeldField} Field
 * @typedef {Record<string, Field>} Fields
 * @typedef {Record<string, any>} State
 */

// characters of an address
export const LONGEST = 4000;
// A map: an object would have an answer to "constructor".
const TICKED = new Map(Object.entries({ 1: true, true: true, 0: false, false: false }));

/** A request that has no answer; its message says why, in PyTorch's words where it has any. */
export class Refusal extends Error {}

/**
 * A slider over numbers from `min` to `max`.
 * @param {string} label @param {number} min @param {number} max @param {number} value
 * @returns {RangeField}
 */
export const range = (label, min, max, value, step = 1) => ({
  kind: "range",
  label,
  min,
  max,
  step,
  value,
});

/**
 * One of several words; the first unless told.
 * @param {string} label @param {readonly string[]} options
 * @returns {ChoiceField}
 */
export const choice = (label, options, value = options[0]) => ({
  kind: "choice",
  label,
  options,
  value,
});

/** A box to tick. @param {string} label @returns {TickField} */
export const tick = (label, value = false) => ({ kind: "tick", label, value });

/** A field for text of several lines. @param {string} label @returns {TextField} */
export const text = (label, value = "", rows = 4) => ({
  kind: "text",
  label,
  rows,
  value,
});

/** A value that the picture sets, without a control. @param {RegExp} pattern @returns {HeldField} */
export const held = (pattern, value = "") => ({ kind: "held", pattern, value });

/** @param {RangeField} field @param {number} number */
const nearest = ({ min, max, step }, number) => {
  const inside = Math.min(max, Math.max(min, number));
  const rounded = min + Math.round((inside - min) / step) * step;
  return Number(Math.min(max, rounded).toFixed(6));
};

/**
 * The value of a field that is nearest to what was asked for; its own where that is nonsense.
 * @param {Field} field @param {unknown} asked
 * @returns {any}
 */
export function settled(field, asked) {
  const word = String(asked);
  if (field.kind === "range") {
    const number = word.trim() === "" ? NaN : Number(word);
    return Number.isFinite(number) ? nearest(field, number) : field.value;
  }
  if (field.kind === "tick") return TICKED.get(word) ?? field.value;
  if (field.kind === "choice") return field.options.includes(word) ? word : field.value;
  if (field.kind === "held")
    return word.length <= LONGEST && field.pattern.test(word) ? word : field.value;
  return word;
}

/** What every field is at the start. @param {Fields} fields @returns {State} */
export const initial = (fields) =>
  Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.value]));

/**
 * The part of a state that an address asks for: `?name.key=value`.
 * @param {Fields} fields @param {string} name @param {string} query
 * @returns {State}
 */
export function asked(fields, name, query) {
  const given = new URLSearchParams(query);
  const known = Object.entries(fields).filter(([key]) => given.has(`${name}.${key}`));
  return Object.fromEntries(
    known.map(([key, field]) => [
      key,
      settled(field, String(given.get(`${name}.${key}`)).slice(0, LONGEST)),
    ]),
  );
}

/**
 * An address query that asks for a state: what differs from the start, beside what others ask for.
 * @param {Fields} fields @param {string} name @param {State} state @param {State} start @param {string} query
 */
export function asking(fields, name, state, start, query) {
  const given = new URLSearchParams(query);
  for (const key of Object.keys(fields)) {
    given.delete(`${name}.${key}`);
    const word = String(state[key]);
    if (state[key] !== start[key] && word.length <= LONGEST)
      given.set(`${name}.${key}`, word);
  }
  return given.toString();
}
