// What nn.Conv2d and nn.ConvTranspose2d make of small whole numbers: sizes, counts, every product.
// Names are PyTorch's own. Images and kernels are square.

import { Refusal } from "./fields.js";

/**
 * @typedef {object} Layer
 * @property {boolean} transposed
 * @property {number} size pixels a side of the input
 * @property {number} in_channels
 * @property {number} out_channels
 * @property {number} kernel_size
 * @property {number} stride
 * @property {number} padding
 * @property {number} output_padding
 * @property {number} dilation
 * @property {number} groups
 * @property {boolean} bias
 * @property {string} pixels what the input holds: a key of PIXELS
 * @property {string} taps what the kernels hold: a key of TAPS
 */

/**
 * What `input[0, channel, y, x]` holds.
 * @type {Record<string, (size: number, channel: number, y: number, x: number) => number>}
 */
export const PIXELS = {
  digits: (size, channel, y, x) => (size * y + x + 3 * channel) % 10,
  ones: () => 1,
  edge: (size, channel, y, x) => Number(2 * (channel % 2 ? y : x) >= size),
  "one pixel": (size, _, y, x) => Number(y === size >> 1 && x === size >> 1),
};

/**
 * What `weight[first, second, y, x]` holds.
 * @type {Record<string, (side: number, first: number, second: number, y: number, x: number) => number>}
 */
export const TAPS = {
  counting: (side, first, second, y, x) =>
    ((2 * first + second + side * y + x) % 9) + 1,
  ones: () => 1,
  edge: (side, first, _, y, x) => {
    const along = first % 2 ? y : x;
    return Number(along === side - 1) - Number(along === 0);
  },
  middle: (side, _first, _second, y, x) => Number(y === side >> 1 && x === side >> 1),
};

/** @param {number} count */
const upTo = (count) => Array.from({ length: count }, (_, at) => at);
/** @param {number} side */
const square = (side) => upTo(side).flatMap((y) => upTo(side).map((x) => [y, x]));
/** @param {number} at @param {number} least @param {number} most */
const within = (at, least, most) => Math.min(most, Math.max(least, at));

/** Pixels from the first tap of a kernel to its last. @param {Layer} layer */
const span = ({ kernel_size, dilation }) => dilation * (kernel_size - 1) + 1;

/** Pixels a side of the output; below one where there is none. @param {Layer} layer */
export function outputSize(layer) {
  const { size, stride, padding, output_padding } = layer;
  if (layer.transposed)
    return (size - 1) * stride - 2 * padding + span(layer) + output_padding;
  return Math.floor((size + 2 * padding - span(layer)) / stride) + 1;
}

/** The size of the output, worked out. @param {Layer} layer */
export function formula(layer) {
  const { size, stride, padding, output_padding, kernel_size, dilation } = layer;
  const [ends, reach] = [`2·${padding}`, `${dilation}·(${kernel_size} − 1)`];
  const sum = layer.transposed
    ? `(${size} − 1)·${stride} − ${ends} + ${reach} + ${output_padding} + 1`
    : `⌊(${size} + ${ends} − ${reach} − 1) / ${stride}⌋ + 1`;
  return `${sum} = ${outputSize(layer)}`;
}

/** What torch says of such a layer, or of such an image for it; "" where it computes. @param {Layer} layer */
export function refusal(layer) {
  const { size, stride, padding, output_padding: extra, dilation, groups } = layer;
  for (const end of /** @type {const} */ (["in_channels", "out_channels"]))
    if (layer[end] % groups) return `${end} must be divisible by groups`;
  const [padded, side] = [size + 2 * padding, outputSize(layer)];
  /** @param {number} n */
  const pair = (n) => `(${n} x ${n})`;
  if (!layer.transposed)
    return padded >= span(layer)
      ? ""
      : `Calculated padded input size per channel: ${pair(padded)}. Kernel size: ${pair(span(layer))}. ` +
          "Kernel size can't be greater than actual input size";
  if (extra >= stride && extra >= dilation)
    return (
      "output padding must be smaller than either stride or dilation, but got " +
      `output_padding_height: ${extra} output_padding_width: ${extra} stride_height: ${stride} ` +
      `stride_width: ${stride} dilation_height: ${dilation} dilation_width: ${dilation}`
    );
  return side > 0
    ? ""
    : `Given input size per channel: ${pair(size)}. Calculated output size per channel: ${pair(side)}. ` +
        "Output size is too small";
}

const DEFAULTS = {
  stride: 1,
  padding: 0,
  dilation: 1,
  output_padding: 0,
  groups: 1,
  bias: true,
};

/** The line of Python that makes the layer; what has its default is left out. @param {Layer} layer */
export function line(layer) {
  const { transposed, in_channels, out_channels, kernel_size } = layer;
  const said = /** @type {(keyof typeof DEFAULTS)[]} */ (Object.keys(DEFAULTS))
    .filter((key) => layer[key] !== DEFAULTS[key])
    .filter((key) => transposed || key !== "output_padding")
    .map((key) => `${key}=${key === "bias" ? "False" : layer[key]}`);
  const given = [in_channels, out_channels, kernel_size, ...said].join(", ");
  return `nn.${transposed ? "ConvTranspose2d" : "Conv2d"}(${given})`;
}

/** The input channels that an output channel reads. @param {Layer} layer @param {number} out */
export function sources({ in_channels, out_channels, groups }, out) {
  const [deep, wide] = [in_channels / groups, out_channels / groups];
  return upTo(deep).map((at) => at + deep * Math.floor(out / wide));
}

/**
 * The first two indices into the weights that lead from an input channel to an output channel.
 * @param {Layer} layer @param {number} out @param {number} from
 */
export const slice = ({ transposed, in_channels, out_channels, groups }, out, from) =>
  transposed
    ? [from, out % (out_channels / groups)]
    : [out, from % (in_channels / groups)];

/** One channel of the input, row by row. @param {Layer} layer @param {number} from */
const image = ({ size, pixels }, from) =>
  square(size).map(([y, x]) => PIXELS[pixels](size, from, y, x));

/** One slice of a kernel, row by row. @param {Layer} layer @param {number} out @param {number} from */
function kernel(layer, out, from) {
  const [first, second] = slice(layer, out, from);
  const side = layer.kernel_size;
  return square(side).map(([y, x]) => TAPS[layer.taps](side, first, second, y, x));
}

/**
 * Along one axis, what an output pixel reads: taps, each with its pixel. A pixel in the padding lies
 * before the first or behind the last.
 * @param {Layer} layer @param {number} at
 */
export function reads(layer, at) {
  const { transposed, size, stride, padding, dilation } = layer;
  const pairs = upTo(layer.kernel_size).map((tap) => ({
    at,
    tap,
    pixel: transposed
      ? (at + padding - tap * dilation) / stride
      : at * stride - padding + tap * dilation,
  }));
  if (!transposed) return pairs;
  return pairs.filter(({ pixel }) => Number.isInteger(pixel) && inside(pixel, size));
}

/** @param {number} at @param {number} size */
const inside = (at, size) => at >= 0 && at < size;

/** One channel of the output, row by row. @param {Layer} layer @param {number} out */
export function plane(layer, out) {
  const { size, kernel_size: taps } = layer;
  const side = outputSize(layer);
  const found = Array(side * side).fill(layer.bias ? out + 1 : 0);
  const axis = upTo(side)
    .flatMap((at) => reads(layer, at))
    .filter(({ pixel }) => inside(pixel, size));
  for (const from of sources(layer, out)) {
    const [values, weights] = [image(layer, from), kernel(layer, out, from)];
    for (const y of axis)
      for (const x of axis)
        found[y.at * side + x.at] +=
          weights[y.tap * taps + x.tap] * values[y.pixel * size + x.pixel];
  }
  return found;
}

/**
 * The products of one output pixel with one input channel.
 * @param {Layer} layer @param {{ out: number, row: number, column: number }} at @param {number} from
 */
export function products(layer, { out, row, column }, from) {
  const { size, kernel_size } = layer;
  const [values, weights] = [image(layer, from), kernel(layer, out, from)];
  return reads(layer, row).flatMap(({ tap: i, pixel: y }) =>
    reads(layer, column).map(({ tap: j, pixel: x }) => {
      const padded = !inside(y, size) || !inside(x, size);
      const pixel = padded ? 0 : values[y * size + x];
      return { pixel, weight: weights[i * kernel_size + j], y, x, i, j, padded };
    }),
  );
}

/** @typedef {ReturnType<typeof products>} Products */

/** What the products of a channel come to. @param {Products} terms */
const total = (terms) =>
  terms.reduce((sum, { pixel, weight }) => sum + pixel * weight, 0);

/**
 * The places that can be shown, nearest to those asked for.
 * @param {Layer} layer @param {{ out: number, from: number, row: number, column: number }} asked
 */
function nearest(layer, asked) {
  const last = outputSize(layer) - 1;
  const out = within(asked.out, 0, layer.out_channels - 1);
  const known = sources(layer, out);
  return {
    out,
    from: within(asked.from, known[0], known[known.length - 1]),
    row: within(asked.row, 0, last),
    column: within(asked.column, 0, last),
  };
}

/**
 * Everything about a layer and one pixel of its output.
 * @param {Layer & { out: number, from: number, row: number, column: number }} state
 */
export function convolution(state) {
  const message = refusal(state);
  if (message) throw new Refusal(message);
  const [side, at, biases] = [
    outputSize(state),
    nearest(state, state),
    state.bias ? state.out_channels : 0,
  ];
  const weights =
    (state.in_channels / state.groups) * state.out_channels * state.kernel_size ** 2;
  const shown = plane(state, at.out);
  return {
    side,
    formula: formula(state),
    line: line(state),
    weights,
    parameters: weights + biases,
    macs: weights * (state.transposed ? state.size : side) ** 2,
    at,
    image: image(state, at.from),
    kernel: kernel(state, at.out, at.from),
    slice: slice(state, at.out, at.from),
    plane: shown,
    terms: products(state, at, at.from),
    sources: sources(state, at.out),
    sums: sources(state, at.out).map((from) => total(products(state, at, from))),
    bias: state.bias ? at.out + 1 : 0,
    value: shown[at.row * side + at.column],
    /** Every channel of the output, made when asked for. */
    get output() {
      return upTo(state.out_channels).flatMap((out) => plane(state, out));
    },
  };
}

/** @typedef {ReturnType<typeof convolution>} Convolution */
