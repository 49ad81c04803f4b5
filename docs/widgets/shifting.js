// How far a small network is from moving its maps with its image. Nothing here touches a page.

import { padded } from "./filtering.js";

/** @typedef {{ width: number, height: number, values: Float64Array }} Map one feature map */

const MAPS = 2;
const DEPTH = 8;
// ReLU hides a difference where all maps are 0; with this seed it hides none
const SEED = 3326;
// of the largest value: what rounding alone may differ by
const SAME = 1e-9;

/**
 * Kernels of 3 × 3 for each layer, for each map, for each map that it reads: uniform like those
 * of nn.Conv2d, and drawn by the minimal standard generator, so that any language has the same.
 */
export function kernels(maps = MAPS, depth = DEPTH, seed = SEED) {
  let state = seed;
  /** @param {number} bound */
  const draw = (bound) => {
    state = (16807 * state) % 2147483647;
    return ((2 * state) / 2147483647 - 1) / bound;
  };
  const many = (
    /** @type {number} */ n,
    /** @type {(_: any, at: number) => any} */ make,
  ) => Array.from({ length: n }, make);
  return many(depth, (_, layer) => {
    const read = layer ? maps : 1;
    return many(maps, () => many(read, () => many(9, () => draw(Math.sqrt(9 * read)))));
  });
}

/**
 * Add the correlation of a padded plane with a kernel of 3 × 3. It is written out, and each value is
 * read once, for speed: this is where the time goes.
 * @param {Map} sum @param {Map} plane @param {readonly number[]} kernel
 */
function add({ height, values: sums }, { width, values }, kernel) {
  const [a, b, c, d, e, f, g, h, i] = kernel;
  for (let y = 0, to = 0; y < height; y++) {
    const [p, q, r] = [y * width, (y + 1) * width, (y + 2) * width];
    let [p0, p1, q0, q1] = [values[p], values[p + 1], values[q], values[q + 1]];
    let [r0, r1] = [values[r], values[r + 1]];
    for (let x = 2; x < width; x++, to++) {
      const p2 = values[p + x];
      const q2 = values[q + x];
      const r2 = values[r + x];
      const above = a * p0 + b * p1 + c * p2;
      const below = g * r0 + h * r1 + i * r2;
      sums[to] += above + below + (d * q0 + e * q1 + f * q2);
      p0 = p1;
      p1 = p2;
      q0 = q1;
      q1 = q2;
      r0 = r1;
      r1 = r2;
    }
  }
}

/** Every `stride`-th value along both axes. @param {Map} map @param {number} stride @returns {Map} */
function thinned(map, stride) {
  const [width, height] = [map.width, map.height].map((side) =>
    Math.ceil(side / stride),
  );
  const values = new Float64Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      values[y * width + x] = map.values[stride * (y * map.width + x)];
  return { width, height, values };
}

/**
 * One layer: a margin of one, kernels of 3 × 3, ReLU.
 * @param {Map[]} maps @param {number[][][]} weights @param {string} border
 * @returns {Map[]}
 */
export function layer(maps, weights, border) {
  const planes = maps.map((map) => padded(map, 1, 1, border));
  const { width, height } = maps[0];
  return weights.map((kernels) => {
    const values = new Float64Array(width * height);
    planes.forEach((plane, from) =>
      add({ width, height, values }, plane, kernels[from]),
    );
    for (let at = 0; at < values.length; at++) values[at] = Math.max(0, values[at]);
    return { width, height, values };
  });
}

/**
 * What `pool` makes of the four values of each window of 2 × 2.
 * @param {Map} map @param {(...four: number[]) => number} pool @param {number} stride
 * @returns {Map}
 */
function windows({ width: wide, height: tall, values }, pool, stride) {
  const [width, height] = [wide, tall].map(
    (side) => Math.floor((side - 2) / stride) + 1,
  );
  const found = new Float64Array(width * height);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [p, q] = [stride * (y * wide + x), stride * (y * wide + x) + wide];
      found[to++] = pool(values[p], values[p + 1], values[q], values[q + 1]);
    }
  return { width, height, values: found };
}

const quarter = (/** @type {number[]} */ ...[a, b, c, d]) => (a + b + c + d) / 4;

/**
 * Ways to pool a map. The blur has the weights 1, 2, 1: two means, one after the other.
 * @type {Record<string, (map: Map, border: string) => Map>}
 */
const POOLING = {
  none: (map) => map,
  "max 2": (map) => windows(map, Math.max, 2),
  "mean 2": (map) => windows(map, quarter, 2),
  "max, then blur": (map, border) =>
    windows(
      windows(windows(padded(map, 0, 2, border), Math.max, 1), quarter, 1),
      quarter,
      2,
    ),
};
export const POOLS = Object.keys(POOLING);

/**
 * The plane moved; what leaves at one edge enters at the other.
 * @param {import("./filtering.js").Plane} plane @param {number} down @param {number} right
 * @returns {Map}
 */
export function rolled({ width, height, values }, down, right) {
  const found = new Float64Array(values.length);
  /** @param {number} at @param {number} size */
  const within = (at, size) => ((at % size) + size) % size;
  for (let y = 0, to = 0; y < height; y++) {
    const from = within(y - down, height) * width;
    for (let x = 0; x < width; x++)
      found[to++] = values[from + within(x - right, width)];
  }
  return { width, height, values: found };
}

/**
 * The feature maps of an image.
 * @param {Map} image @param {{ border: string, depth: number, stride: number, pool: string }} how
 * the first layer has the stride @param {number[][][][]} weights
 * @param {Map[][]} known the layers that were made before, of this image, border and stride
 */
export function features(image, { border, depth, stride, pool }, weights, known = []) {
  let maps = [image];
  weights.slice(0, depth).forEach((kernels, at) => {
    maps = known[at] ??= layer(maps, kernels, border).map((map) =>
      at ? map : thinned(map, stride),
    );
  });
  return maps.map((map) => POOLING[pool](map, border));
}

/** The length of the difference. @param {Map[]} a @param {Map[]} b */
function distance(a, b) {
  let sum = 0;
  a.forEach(({ values }, n) => {
    const others = b[n].values;
    for (let at = 0; at < values.length; at++) sum += (values[at] - others[at]) ** 2;
  });
  return Math.sqrt(sum);
}

/** @param {Map[]} maps */
function norm(maps) {
  let sum = 0;
  for (const { values } of maps)
    for (let at = 0; at < values.length; at++) sum += values[at] ** 2;
  return Math.sqrt(sum);
}

/** @param {{ values: Float64Array }} map */
export function mean({ values }) {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at];
  return sum / values.length;
}

/** The largest value; after ReLU none is below 0. @param {{ values: Float64Array }} map */
export function highest({ values }) {
  let top = 0;
  for (let at = 0; at < values.length; at++) top = Math.max(top, values[at]);
  return top;
}

/**
 * How far the maps `a` of the moved image are from the maps `b` of the image, moved as much.
 * With one output every `step` pixels they move by the nearest whole number, whichever fits best.
 * @param {Map[]} a @param {Map[]} b @param {number} down @param {number} right @param {number} step
 */
export function equivariance(a, b, down, right, step) {
  /** @param {number} shift */
  const near = (shift) => [
    ...new Set([Math.floor(shift / step), Math.ceil(shift / step)]),
  ];
  const tries = near(down).flatMap((y) =>
    near(right).map((x) => {
      const moved = b.map((map) => rolled(map, y, x));
      return { by: [y, x], moved, far: distance(a, moved) };
    }),
  );
  const best = tries.reduce((one, other) => (other.far < one.far ? other : one));
  const largest = Math.max(...b.map(highest));
  const map = new Float64Array(a[0].values.length);
  let wrong = 0;
  for (let at = 0; at < map.length; at++) {
    let most = 0;
    for (let n = 0; n < a.length; n++)
      most = Math.max(most, Math.abs(a[n].values[at] - best.moved[n].values[at]));
    if (most / largest <= SAME) continue;
    map[at] = most / largest;
    wrong++;
  }
  return { by: best.by, wrong, size: best.far / norm(b), map };
}

/**
 * How far the global mean and the global maximum of the maps change, relative to what they were.
 * @param {Map[]} a @param {Map[]} b
 */
export function invariance(a, b) {
  /** @param {(map: Map) => number} pool */
  const change = (pool) => {
    const [one, other] = [a.map(pool), b.map(pool)];
    return (
      Math.hypot(...one.map((value, n) => value - other[n])) / Math.hypot(...other)
    );
  };
  return { mean: change(mean), top: change(highest) };
}
