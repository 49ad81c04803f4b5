// What a stack of layers sees and costs: sizes of maps, steps, fields, the share of each pixel.

import { Fault } from "./layers.js";

/** @typedef {import("./layers.js").Layer} Layer */
/** @typedef {import("./layers.js").Pair} Pair */
/** @typedef {ReturnType<typeof rows>[number]} Row what leaves a layer; `jump` and `field` in image pixels */

/** The same for rows and for columns. @template T @param {(axis: 0 | 1) => T} one @returns {[T, T]} */
const both = (one) => [one(0), one(1)];
/** From the first pixel of a window to its last. @param {Layer} layer @returns {Pair} */
const span = ({ kernel, dilation }) =>
  both((axis) => dilation[axis] * (kernel[axis] - 1) + 1);

/** Places of a window. @param {Layer} layer @param {Pair} size @returns {Pair} */
const places = (layer, size) =>
  both((axis) => {
    const [step, padding] = [layer.stride[axis], layer.padding[axis]];
    const room = size[axis] + 2 * padding - span(layer)[axis];
    const count = Math.floor((room + (layer.ceil ? step - 1 : 0)) / step) + 1;
    return layer.ceil && (count - 1) * step >= size[axis] + padding ? count - 1 : count;
  });

/** PyTorch's complaint about a layer on these maps, if any. @param {Layer} layer @param {Row} map @param {Pair} size of what leaves it */
function complaint(layer, { channels, size: given }, size) {
  const { name, kernel, padding, dilation, groups } = layer;
  const [into, out] = [layer.into || channels, layer.channels || channels];
  const small = Math.min(...size) < 1;
  if (name === "Conv2d") {
    if (into % groups) return "in_channels must be divisible by groups";
    if (out % groups) return "out_channels must be divisible by groups";
    if (into !== channels)
      return (
        `Given groups=${groups}, weight of size [${[out, into / groups, ...kernel].join(", ")}], expected ` +
        `input[${[1, channels, ...given].join(", ")}] to have ${into} channels, but got ${channels} channels instead`
      );
    const padded = given.map((n, axis) => n + 2 * padding[axis]).join(" x ");
    const spans = span(layer).join(" x ");
    return (
      small &&
      `Calculated padded input size per channel: (${padded}). Kernel size: (${spans}). Kernel size can't be greater than actual input size`
    );
  }
  if (into !== channels)
    return `running_mean should contain ${channels} elements not ${into}`;
  /** @param {Pair} sides */
  const beyond = (sides) =>
    padding.findIndex((pad, axis) => pad > Math.floor(sides[axis] / 2));
  const axis = beyond(span(layer));
  if (axis >= 0)
    return `pad should be at most half of effective kernel size, but got pad=${padding[axis]}, kernel_size=${kernel[axis]} and dilation=${dilation[axis]}`;
  if (beyond(kernel) >= 0)
    return `pad should be smaller than or equal to half of kernel size, but got padW = ${padding[1]}, padH = ${padding[0]}, kW = ${kernel[1]}, kH = ${kernel[0]}`;
  const [taken, made] = [given, size].map((pair) => [channels, ...pair].join("x"));
  return (
    small &&
    `Given input size: (${taken}). Calculated output size: (${made}). Output size is too small`
  );
}

/** What leaves a layer. @param {Layer} layer @param {Row} map @returns {Row} */
function next(layer, map) {
  const { name, kernel, stride, groups, each } = layer;
  const [conv, size] = [name === "Conv2d", places(layer, map.size)];
  const channels = layer.channels || map.channels;
  const taps = conv ? (map.channels / groups) * kernel[0] * kernel[1] : 0;
  const row = {
    channels,
    size,
    jump: both((axis) => map.jump[axis] * stride[axis]),
    field: both((axis) => map.field[axis] + (span(layer)[axis] - 1) * map.jump[axis]),
    parameters: channels * (conv ? taps + Number(layer.bias) : each),
    macs: channels * size[0] * size[1] * taps,
  };
  const wrong =
    complaint(layer, map, size) ||
    (Math.max(...size) > 1024 &&
      `a map of ${size.join(" x ")}; here a side has at most 1024`) ||
    (!Number.isSafeInteger(Math.max(...row.jump, ...row.field, row.macs)) &&
      "its numbers are too large to be exact");
  if (wrong) throw new Fault(`line ${layer.line}: ${wrong}`, layer.from, layer.to);
  return row;
}

/** What enters a stack, then what leaves each layer. @param {readonly Layer[]} layers @param {number} side of the image */
function rows(layers, side) {
  // The first layer that has channels says how many the image has; otherwise red, green and blue.
  const first = layers.find(({ name, into }) => into || name === "Conv2d");
  const size = /** @type {Pair} */ ([side, side]);
  const ones = /** @type {Pair} */ ([1, 1]);
  const channels = first?.into || 3;
  const found = [{ channels, size, jump: ones, field: ones, parameters: 0, macs: 0 }];
  for (const layer of layers) found.push(next(layer, found[found.length - 1]));
  return found;
}

/** Share of each pixel along an axis in an output when every layer takes means; padding takes the rest.
 * @param {readonly Layer[]} layers @param {readonly Row[]} maps @param {0 | 1} axis @param {number} place */
function shares(layers, maps, axis, place) {
  let row = new Float64Array(place + 1);
  row[place] = 1;
  for (let index = layers.length - 1; index >= 0; index--) {
    const { kernel, stride, padding, dilation } = layers[index];
    const below = new Float64Array(maps[index].size[axis]);
    row.forEach((share, at) => {
      const first = at * stride[axis] - padding[axis];
      for (let tap = 0; tap < kernel[axis]; tap++) {
        const pixel = first + tap * dilation[axis];
        if (pixel >= 0 && pixel < below.length) below[pixel] += share / kernel[axis];
      }
    });
    row = below;
  }
  return [...row];
}

/** What an output sees along an axis. @param {readonly Layer[]} layers @param {readonly Row[]} maps @param {0 | 1} axis @param {number} place */
function sight(layers, maps, axis, place) {
  let [variance, first] = [0, place];
  for (let at = layers.length - 1; at >= 0; at--) {
    const { kernel, stride, padding, dilation } = layers[at];
    const step = maps[at].jump[axis] * dilation[axis];
    variance += (step ** 2 * (kernel[axis] ** 2 - 1)) / 12;
    first = first * stride[axis] - padding[axis];
  }
  const seen = shares(layers, maps, axis, place);
  const read = seen.filter((share) => share > 0).length;
  const [size, field] = [seen.length, maps[maps.length - 1].field[axis]];
  const held = Math.max(0, Math.min(first + field, size) - Math.max(0, first));
  return { place, first, shares: seen, held, read, deviation: Math.sqrt(variance) };
}

/** All about the output in the middle, or in the corner. @param {readonly Layer[]} layers @param {number} side of the image @param {boolean} corner */
export function receptive(layers, side, corner) {
  const maps = rows(layers, side);
  const last = maps[maps.length - 1];
  const axes = both((axis) =>
    sight(layers, maps, axis, corner ? 0 : Math.floor(last.size[axis] / 2)),
  );
  /** @param {"parameters" | "macs"} key */
  const sum = (key) => maps.reduce((total, row) => total + row[key], 0);
  return { maps, last, axes, parameters: sum("parameters"), macs: sum("macs") };
}
