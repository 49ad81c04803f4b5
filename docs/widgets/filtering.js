// Padding, correlation and the like on planes of numbers, as PyTorch does them. Nothing here touches a page.

import { Refusal } from "./fields.js";

/** @typedef {{ width: number, height: number, values: ArrayLike<number> }} Plane */

/**
 * The place along an axis that is read where one may lie outside; below 0 for a zero.
 * @type {Record<string, (at: number, size: number) => number>}
 */
const STANDINS = {
  zeros: (at, size) => (at < size ? at : -1),
  reflect: (at, size) => size - 1 - Math.abs(size - 1 - Math.abs(at)),
  replicate: (at, size) => Math.min(size - 1, Math.max(0, at)),
  circular: (at, size) => (at + size) % size,
};
export const BORDERS = Object.keys(STANDINS);

/** @param {Plane} plane @param {number} before @param {number} after @param {string} border */
function refuse({ width, height }, before, after, border) {
  const most = Math.max(before, after);
  if (border === "circular" && most > Math.min(width, height))
    throw new Refusal("Padding value causes wrapping around more than once.");
  [width, height].forEach((size, axis) => {
    if (border === "reflect" && most >= size)
      throw new Refusal(
        `Argument #${4 + 2 * axis}: Padding size should be less than the corresponding input dimension, ` +
          `but got: padding (${before}, ${after}) at dimension ${3 - axis} of input [1, 1, ${height}, ${width}]`,
      );
  });
}

/**
 * The plane with a margin: `before` places above and to the left, `after` below and to the right.
 * @param {Plane} plane @param {number} before @param {number} after @param {string} border
 */
export function padded(plane, before, after, border) {
  refuse(plane, before, after, border);
  const [columns, rows] = [plane.width, plane.height].map((size) =>
    Int32Array.from({ length: before + size + after }, (_, at) =>
      STANDINS[border](at - before, size),
    ),
  );
  const values = new Float64Array(columns.length * rows.length);
  rows.forEach((y, down) => {
    if (y < 0) return;
    const [from, to] = [y * plane.width, down * columns.length];
    columns.forEach((x, right) => {
      if (x >= 0) values[to + right] = plane.values[from + x];
    });
  });
  return { width: columns.length, height: rows.length, values };
}

/**
 * The correlation of a plane with a kernel, given row by row: no padding, no turn.
 * @param {Plane} plane @param {readonly (readonly number[])[]} kernel
 */
export function correlate(plane, kernel, stride = 1, dilation = 1) {
  const [tall, wide] = [kernel.length, kernel[0].length].map(
    (side) => dilation * (side - 1) + 1,
  );
  if (tall > plane.height || wide > plane.width)
    throw new Refusal(
      `Calculated padded input size per channel: (${plane.height} x ${plane.width}). ` +
        `Kernel size: (${tall} x ${wide}). Kernel size can't be greater than actual input size`,
    );
  const width = Math.floor((plane.width - wide) / stride) + 1;
  const height = Math.floor((plane.height - tall) / stride) + 1;
  const values = new Float64Array(width * height);
  for (let y = 0; y < height; y++)
    kernel.forEach((row, down) =>
      row.forEach((weight, right) => {
        const from = (y * stride + down * dilation) * plane.width + right * dilation;
        for (let x = 0; x < width; x++)
          values[y * width + x] += weight * plane.values[from + x * stride];
      }),
    );
  return { width, height, values };
}
