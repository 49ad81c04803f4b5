// Which input pixels a stack of dilated layers reads. Rows and columns are alike, so one axis says all.

/**
 * Pixels along one axis of the receptive field: 1 where a route leads to the output, else 0.
 * @param {readonly number[]} rates one dilation per layer @param {number} kernel
 * @returns {number[]}
 */
export function reached(rates, kernel) {
  let places = new Set([0]);
  for (const rate of rates)
    places = new Set(
      [...places].flatMap((at) =>
        Array.from({ length: kernel }, (_, tap) => at + tap * rate),
      ),
    );
  return Array.from({ length: field(rates, kernel) }, (_, at) =>
    Number(places.has(at)),
  );
}

/**
 * Side of the receptive field.
 * @param {readonly number[]} rates @param {number} kernel
 */
export const field = (rates, kernel) =>
  rates.reduce((side, rate) => side + (kernel - 1) * rate, 1);

/**
 * What a stack of these rates sees of its square field.
 * @param {readonly number[]} rates @param {number} kernel
 */
export function coverage(rates, kernel) {
  const axis = reached(rates, kernel);
  const read = axis.filter(Boolean).length ** 2;
  const pixels = axis.length ** 2;
  return {
    axis,
    read,
    pixels,
    share: read / pixels,
    weights: rates.length * kernel ** 2,
  };
}
