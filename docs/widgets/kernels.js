// One kernel on a grey picture: its text, its response, and the products behind one pixel of it.

import { Refusal } from "./fields.js";
import { BORDERS, correlate, padded } from "./filtering.js";

/** @typedef {import("./filtering.js").Plane} Plane */
/** @typedef {number[][]} Kernel rows of weights */

export const KERNELS = {
  identity: "0,0,0;0,1,0;0,0,0",
  "box blur": "1,1,1;1,1,1;1,1,1",
  Gaussian: "1,2,1;2,4,2;1,2,1",
  sharpen: "0,-1,0;-1,5,-1;0,-1,0",
  "Sobel, columns": "-1,0,1;-2,0,2;-1,0,1",
  "Sobel, rows": "-1,-2,-1;0,0,0;1,2,1",
  Laplacian: "0,1,0;1,-4,1;0,1,0",
  emboss: "-2,-1,0;-1,1,1;0,1,2",
  "one pixel aside": "0,0,0;1,0,0;0,0,0",
};
export const SIDES = [3, 5, 7];
export const DIVISORS = ["nothing", "sum of weights", "sum of absolute weights"];
export const EDGES = ["none", ...BORDERS];
export const LARGEST = 999;

const weight = "-?\\d{1,3}(\\.\\d{1,3})?";
/** @param {number} side */
const square = (side) =>
  `${weight}(,${weight}){${side - 1}}(;${weight}(,${weight}){${side - 1}}){${side - 1}}`;
/** What a kernel looks like in an address: 3, 5 or 7 rows of as many weights. */
export const WRITTEN = new RegExp(`^(${SIDES.map(square).join("|")})$`);

/** @param {string} text @returns {Kernel} */
export const read = (text) => text.split(";").map((row) => row.split(",").map(Number));

/** @param {Kernel} kernel */
export const written = (kernel) => kernel.map((row) => row.join(",")).join(";");

/** The nearest weight that can be written; 0 for nonsense. @param {number} weight */
export const admitted = (weight) =>
  Math.min(LARGEST, Math.max(-LARGEST, Math.round((weight || 0) * 1000) / 1000)) + 0;

/**
 * The kernel with another side: cropped, or framed with zeros, about its centre.
 * @param {Kernel} kernel @param {number} side @returns {Kernel}
 */
export function resized(kernel, side) {
  const out = (side - kernel.length) / 2;
  return Array.from({ length: side }, (_, y) =>
    Array.from({ length: side }, (_, x) => kernel[y - out]?.[x - out] ?? 0),
  );
}

/** The kernel after half a turn. @param {Kernel} kernel @returns {Kernel} */
export const turned = (kernel) => kernel.map((row) => [...row].reverse()).reverse();

/** A sum without the errors of decimal fractions: weights have three places. @param {number[]} weights */
const total = (weights) =>
  weights.reduce((sum, one) => sum + Math.round(1000 * one), 0) / 1000;

/**
 * What the response is divided by.
 * @param {Kernel} kernel @param {string} divide one of DIVISORS
 */
export function divisor(kernel, divide) {
  if (divide === DIVISORS[0]) return 1;
  const weights = kernel.flat();
  const sum = total(divide === DIVISORS[1] ? weights : weights.map(Math.abs));
  if (!sum) throw new Refusal("The weights sum to 0, and nothing is divided by that.");
  return sum;
}

/**
 * The window whose centre is nearest to a pixel of the picture.
 * @param {number} pixel @param {number} first the pixel of the first centre @param {number} stride @param {number} count
 */
export const nearest = (pixel, first, stride, count) =>
  Math.min(count - 1, Math.max(0, Math.round((pixel - first) / stride)));

/** @param {Float64Array} values */
function ends(values) {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const value of values) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  return { lowest, highest };
}

/**
 * The response of a picture to a kernel, and the taps of the window nearest to one pixel.
 * @param {Plane} picture @param {Kernel} given
 * @param {{ turn: boolean, divide: string, border: string, stride: number, dilation: number, row: number, column: number }} how
 * row and column from 1
 */
export function response(picture, given, how) {
  const { border, stride, dilation } = how;
  const kernel = how.turn ? turned(given) : given;
  const by = divisor(kernel, how.divide);
  const reach = (dilation * (kernel.length - 1)) / 2;
  const margin = border === "none" ? 0 : reach;
  const plane = margin ? padded(picture, margin, margin, border) : picture;
  const { width, height, values } = correlate(plane, kernel, stride, dilation);
  for (let at = 0; at < values.length; at++) values[at] /= by;
  const row = nearest(how.row - 1, reach - margin, stride, height);
  const column = nearest(how.column - 1, reach - margin, stride, width);
  const taps = kernel.flatMap((weights, down) =>
    weights.map((weight, right) => {
      const [y, x] = [
        row * stride + down * dilation,
        column * stride + right * dilation,
      ];
      const pixel = plane.values[y * plane.width + x];
      return { x: x - margin, y: y - margin, weight, pixel, product: weight * pixel };
    }),
  );
  return {
    width,
    height,
    values,
    ...ends(values),
    by,
    row: row + 1,
    column: column + 1,
    first: reach - margin,
    taps,
    sum: taps.reduce((sum, { product }) => sum + product, 0),
  };
}

const places = new Intl.NumberFormat("en");

/** A number as the page writes it: at most three places, a true minus sign. @param {number} value */
export const told = (value) =>
  places.format(Math.round(value * 1000) / 1000 + 0).replace("-", "−");
