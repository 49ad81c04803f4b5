// A small network for digits: its layers as loops, its weights from a file. The oracle is torch.

/**
 * Square feature maps, one after another, row by row.
 * @typedef {{ maps: number, side: number, values: ArrayLike<number> }} Maps
 * @typedef {{ shape: number[], values: Float32Array }} Weight
 */

// of a digit
const SIDE = 8;

/** Empty feature maps. @param {number} maps @param {number} side */
const empty = (maps, side) => ({
  maps,
  side,
  values: new Float64Array(maps * side * side),
});

/**
 * A convolution that keeps the size: zero padding, stride 1, no bias. Each value that is not 0 adds its
 * share to the outputs near it; most of a digit's canvas is 0, and costs nothing.
 * @param {Maps} input @param {Weight} weight (maps out, maps in, rows, columns), odd and square
 */
export function convolution(input, { shape: [maps, read, kernel], values: weights }) {
  const { side, values } = input;
  const output = empty(maps, side);
  const sums = output.values;
  const half = (kernel - 1) / 2;
  const [area, size] = [side * side, read * kernel * kernel];
  for (let from = 0, at = 0; from < read; from++)
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++, at++) {
        const value = values[at];
        if (value === 0) continue;
        const bottom = Math.min(side - 1, y + half);
        const right = Math.min(side - 1, x + half);
        for (let row = Math.max(0, y - half); row <= bottom; row++)
          for (let column = Math.max(0, x - half); column <= right; column++) {
            let to = row * side + column;
            let tap = (from * kernel + y - row + half) * kernel + x - column + half;
            for (let map = 0; map < maps; map++, to += area, tap += size)
              sums[to] += value * weights[tap];
          }
      }
  return output;
}

/** Nothing below zero. @param {Maps} input */
export function relu({ maps, side, values }) {
  const output = empty(maps, side);
  for (let at = 0; at < values.length; at++)
    output.values[at] = Math.max(0, values[at]);
  return output;
}

/** The largest of each window of 2 × 2. @param {Maps} input @param {number} stride */
export function maximum({ maps, side, values }, stride) {
  const output = empty(maps, Math.floor((side - 2) / stride) + 1);
  for (let map = 0, to = 0; map < maps; map++)
    for (let y = 0; y < output.side; y++)
      for (let x = 0; x < output.side; x++, to++) {
        const at = (map * side + y * stride) * side + x * stride;
        output.values[to] = Math.max(
          Math.max(values[at], values[at + 1]),
          Math.max(values[at + side], values[at + side + 1]),
        );
      }
  return output;
}

/** Weights 1, 2, 1 both ways, with zeros around, and every second output. @param {Maps} input */
export function blurred({ maps, side, values }) {
  const output = empty(maps, Math.floor((side - 1) / 2) + 1);
  // of three rows, between two zeros
  const sums = new Float64Array(side + 2);
  for (let map = 0, to = 0; map < maps; map++)
    for (let y = 0; y < output.side; y++) {
      const at = (map * side + 2 * y) * side;
      for (let x = 0; x < side; x++)
        sums[x + 1] =
          2 * values[at + x] +
          (y > 0 ? values[at + x - side] : 0) +
          (2 * y + 1 < side ? values[at + x + side] : 0);
      for (let x = 0; x < output.side; x++, to++)
        output.values[to] = (sums[2 * x] + 2 * sums[2 * x + 1] + sums[2 * x + 2]) / 16;
    }
  return output;
}

/** The largest value of each map. @param {Maps} input */
export function largest({ maps, side, values }) {
  const output = empty(maps, 1);
  output.values.fill(-Infinity);
  for (let map = 0, at = 0; map < maps; map++)
    for (const end = at + side * side; at < end; at++)
      output.values[map] = Math.max(output.values[map], values[at]);
  return output;
}

/** One sum for each row of weights. @param {Maps} input @param {Weight} weight @param {Weight} bias */
export const linear = ({ values }, weight, bias) =>
  Array.from(bias.values, (sum, row) => {
    for (let at = 0; at < values.length; at++)
      sum += values[at] * weight.values[row * values.length + at];
    return sum;
  });

/** Scores as shares of 1. @param {readonly number[]} scores */
export function shares(scores) {
  const top = Math.max(...scores);
  const sizes = scores.map((score) => Math.exp(score - top));
  const sum = sizes.reduce((total, size) => total + size, 0);
  return sizes.map((size) => size / sum);
}

/** What lies between two convolutions, by network. @type {Record<string, [string, (input: Maps) => Maps][]>} */
const BETWEEN = {
  flatten: [["max-pool", (input) => maximum(input, 2)]],
  "global max": [["max-pool", (input) => maximum(input, 2)]],
  blur: [["max, then blur", (input) => blurred(maximum(input, 1))]],
  "no stride": [],
};

/**
 * The feature maps of a network on a canvas, layer by layer, each with its name; and the ten scores.
 * @param {string} kind @param {readonly Weight[]} weights two convolutions, a linear layer and its bias
 * @param {Maps} canvas
 */
export function run(kind, [first, second, weight, bias], canvas) {
  /** @type {[string, (input: Maps) => Maps][]} */
  const steps = [
    ["convolution, ReLU", (input) => relu(convolution(input, first))],
    ...BETWEEN[kind],
    ["convolution, ReLU", (input) => relu(convolution(input, second))],
    ...BETWEEN[kind],
  ];
  if (kind !== "flatten") steps.push(["global max", largest]);
  const layers = [{ name: "input", ...canvas }];
  for (const [name, step] of steps) {
    const { maps, side, values } = step(layers[layers.length - 1]);
    layers.push({ name, maps, side, values });
  }
  return { layers, scores: linear(layers[layers.length - 1], weight, bias) };
}

/**
 * A digit on an empty canvas, so many pixels to the right of the middle and below it.
 * @param {ArrayLike<number>} digit 64 values @param {number} side of the canvas
 */
export function placed(digit, side, right = 0, down = 0) {
  const canvas = empty(1, side);
  const [left, top] = [right, down].map((by) => (side - SIDE) / 2 + by);
  for (let at = 0; at < digit.length; at++)
    canvas.values[(top + Math.floor(at / SIDE)) * side + left + (at % SIDE)] =
      digit[at];
  return canvas;
}

/** The place of the largest score. @param {readonly number[]} scores */
export const answer = (scores) => scores.indexOf(Math.max(...scores));

/**
 * The answer at each shift by up to `reach` pixels, row by row.
 * @param {string} kind @param {readonly Weight[]} weights @param {ArrayLike<number>} digit
 * @param {number} side of the canvas @param {number} reach
 */
export function answers(kind, weights, digit, side, reach) {
  const steps = Array.from({ length: 2 * reach + 1 }, (_, at) => at - reach);
  return steps.flatMap((down) =>
    steps.map((right) =>
      answer(run(kind, weights, placed(digit, side, right, down)).scores),
    ),
  );
}

/**
 * The digits (64 values each) and the networks in a file: the length of a header, the header, a byte for
 * each pixel, the upper half of each weight.
 * @param {ArrayLike<number>} file bytes
 */
export function unpacked(file) {
  const bytes = Uint8Array.from(file);
  const view = new DataView(bytes.buffer);
  const start = 4 + view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.slice(4, start)));
  const [classes, examples] = header.digits;
  const pixels = classes * examples * SIDE ** 2;
  let at = start + pixels;
  /** @param {number[]} shape @returns {Weight} */
  const weight = (shape) => {
    const values = new Float32Array(shape.reduce((size, side) => size * side, 1));
    const bits = new DataView(values.buffer);
    for (let place = 0; place < values.length; place++, at += 2)
      bits.setUint16(4 * place + 2, view.getUint16(at, true), true);
    return { shape, values };
  };
  /** @type {[string, number[][]][]} */
  const networks = Object.entries(header.networks);
  return {
    examples: /** @type {number} */ (examples),
    pixels: bytes.slice(start, start + pixels),
    networks: Object.fromEntries(
      networks.map(([kind, shapes]) => [kind, shapes.map(weight)]),
    ),
  };
}
